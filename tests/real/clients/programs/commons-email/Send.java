import org.apache.commons.mail.SimpleEmail;

/** As the user guide of Commons Email has it. */
public class Send {
    public static void main(String[] words) throws Exception {
        SimpleEmail mail = new SimpleEmail();
        mail.setHostName(System.getenv("SMTP_HOST"));
        mail.setSmtpPort(Integer.parseInt(System.getenv("SMTP_PORT")));
        if (System.getenv("SMTP_USER") != null) {
            mail.setAuthentication(System.getenv("SMTP_USER"), System.getenv("SMTP_PASSWORD"));
            mail.setStartTLSEnabled(true);
            mail.setStartTLSRequired(true);
            mail.setSSLCheckServerIdentity(true);
        }
        mail.setFrom(System.getenv("MAIL_FROM"));
        mail.addTo(System.getenv("MAIL_TO"));
        mail.setSubject("page");
        mail.setMsg("hello");
        mail.send();
    }
}
