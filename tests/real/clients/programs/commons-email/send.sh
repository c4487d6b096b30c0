exec java -cp .:/usr/share/java/commons-email.jar:/usr/share/java/javax.mail.jar:/usr/share/java/javax.activation.jar Send
