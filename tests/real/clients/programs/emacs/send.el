;; As the manual of smtpmail has it.
(require 'smtpmail)
(let ((user (getenv "SMTP_USER"))
      (host (getenv "SMTP_HOST"))
      (port (getenv "SMTP_PORT")))
  (setq send-mail-function 'smtpmail-send-it
        message-send-mail-function 'smtpmail-send-it
        smtpmail-smtp-server host
        smtpmail-smtp-service (string-to-number port)
        user-mail-address (getenv "MAIL_FROM")
        network-security-level 'medium)
  (when user
    (setq smtpmail-stream-type 'starttls
          smtpmail-smtp-user user
          auth-sources '("authinfo"))
    (with-temp-file "authinfo"
      (insert (format "machine %s port %s login %s password %s\n"
                      host port user (getenv "SMTP_PASSWORD"))))))
(with-temp-buffer
  (insert-file-contents "mail.eml")
  (goto-char (point-min))
  (re-search-forward "^$")
  (replace-match mail-header-separator)
  (mail-send))
