package require mime
package require smtp
package require tls

set mail [mime::initialize -canonical text/plain -string hello]
mime::setheader $mail Subject page
set options [list -servers $env(SMTP_HOST) -ports $env(SMTP_PORT) \
    -originator $env(MAIL_FROM) -recipients $env(MAIL_TO) -header [list From $env(MAIL_FROM)]]
if {[info exists env(SMTP_USER)]} {
    lappend options -usetls 1 -username $env(SMTP_USER) -password $env(SMTP_PASSWORD)
} else {
    lappend options -usetls 0
}
if {[catch {smtp::sendmessage $mail {*}$options} why]} {
    puts stderr $why
    exit 1
}
