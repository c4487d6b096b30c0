use strict;
use warnings;
use MIME::Lite;

my %login = $ENV{SMTP_USER} ? (AuthUser => $ENV{SMTP_USER}, AuthPass => $ENV{SMTP_PASSWORD}) : ();
my $mail = MIME::Lite->new(
    From => $ENV{MAIL_FROM}, To => $ENV{MAIL_TO}, Subject => 'page', Data => 'hello');
$mail->send('smtp', $ENV{SMTP_HOST}, Port => $ENV{SMTP_PORT}, %login);
