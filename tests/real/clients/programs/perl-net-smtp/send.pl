# As the documentation of Net::SMTP has it: each call tells whether it went well.
use strict;
use warnings;
use Net::SMTP;

my $smtp = Net::SMTP->new($ENV{SMTP_HOST}, Port => $ENV{SMTP_PORT}) or die "no connection: $@\n";
sub fails { my $why = $smtp->message || $@ || "no reason"; die "$_[0]: ", $smtp->code, " $why\n" }
if ($ENV{SMTP_USER}) {
    $smtp->starttls or fails("starttls");
    $smtp->auth($ENV{SMTP_USER}, $ENV{SMTP_PASSWORD}) or fails("auth");
}
$smtp->mail($ENV{MAIL_FROM}) or fails("mail");
$smtp->to($ENV{MAIL_TO}) or fails("to");
$smtp->data(join "", <STDIN>) or fails("data");
$smtp->quit;
