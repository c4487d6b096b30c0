import jakarta.mail.*;
import jakarta.mail.internet.*;
import java.util.Properties;

/** As Jakarta Mail's documentation has it. */
public class Send {
    public static void main(String[] words) throws Exception {
        String user = System.getenv("SMTP_USER");
        Properties properties = new Properties();
        properties.put("mail.smtp.host", System.getenv("SMTP_HOST"));
        properties.put("mail.smtp.port", System.getenv("SMTP_PORT"));
        Authenticator login = null;
        if (user != null) {
            properties.put("mail.smtp.auth", "true");
            properties.put("mail.smtp.starttls.enable", "true");
            login = new Authenticator() {
                @Override
                protected PasswordAuthentication getPasswordAuthentication() {
                    return new PasswordAuthentication(user, System.getenv("SMTP_PASSWORD"));
                }
            };
        }
        MimeMessage mail = new MimeMessage(Session.getInstance(properties, login));
        mail.setFrom(System.getenv("MAIL_FROM"));
        mail.setRecipients(Message.RecipientType.TO, System.getenv("MAIL_TO"));
        mail.setSubject("page");
        mail.setText("hello");
        Transport.send(mail);
    }
}
