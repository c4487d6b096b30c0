// As net/smtp's documentation has it, with LOGIN added: the package has PLAIN and CRAM-MD5 only, and the service LOGIN.
package main

import (
	"errors"
	"fmt"
	"io"
	"net/smtp"
	"os"
)

type login struct{ user, password string }

func (l login) Start(server *smtp.ServerInfo) (string, []byte, error) {
	if !server.TLS {
		return "", nil, errors.New("unencrypted connection")
	}
	return "LOGIN", nil, nil
}

func (l login) Next(asked []byte, more bool) ([]byte, error) {
	switch {
	case !more:
		return nil, nil
	case string(asked) == "Username:":
		return []byte(l.user), nil
	default:
		return []byte(l.password), nil
	}
}

func main() {
	var auth smtp.Auth
	if user := os.Getenv("SMTP_USER"); user != "" {
		auth = login{user, os.Getenv("SMTP_PASSWORD")}
	}
	mail, _ := io.ReadAll(os.Stdin)
	server := os.Getenv("SMTP_HOST") + ":" + os.Getenv("SMTP_PORT")
	if err := smtp.SendMail(server, auth, os.Getenv("MAIL_FROM"), []string{os.Getenv("MAIL_TO")}, mail); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
