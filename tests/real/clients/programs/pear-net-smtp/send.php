<?php
// As PEAR's documentation has it; Roundcube sends in the same way.
require 'Net/SMTP.php';

function checked($found)
{
    if (PEAR::isError($found)) {
        fwrite(STDERR, $found->getMessage() . "\n");
        exit(1);
    }
}

$smtp = new Net_SMTP(getenv('SMTP_HOST'), (int) getenv('SMTP_PORT'));
checked($smtp->connect());
if (getenv('SMTP_USER')) {
    checked($smtp->starttls());
    checked($smtp->auth(getenv('SMTP_USER'), getenv('SMTP_PASSWORD'), 'LOGIN', false));
}
checked($smtp->mailFrom(getenv('MAIL_FROM')));
checked($smtp->rcptTo(getenv('MAIL_TO')));
checked($smtp->data(stream_get_contents(STDIN)));
$smtp->disconnect();
