use strict;
use warnings;
use Email::Sender::Simple qw(sendmail);
use Email::Sender::Transport::SMTP;

my %login = $ENV{SMTP_USER}
    ? (ssl => 'starttls', sasl_username => $ENV{SMTP_USER}, sasl_password => $ENV{SMTP_PASSWORD})
    : ();
my $transport = Email::Sender::Transport::SMTP->new(
    {hosts => [$ENV{SMTP_HOST}], port => $ENV{SMTP_PORT}, %login});
sendmail(join("", <STDIN>),
    {from => $ENV{MAIL_FROM}, to => [$ENV{MAIL_TO}], transport => $transport});
