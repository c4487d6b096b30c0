<?php
// As Symfony's documentation has it; Laravel sends in the same way.
require 'Symfony/Component/Mailer/autoload.php';
use Symfony\Component\Mailer\Mailer;
use Symfony\Component\Mailer\Transport;
use Symfony\Component\Mime\Email;

$login = getenv('SMTP_USER') ? rawurlencode(getenv('SMTP_USER')) . ':' . rawurlencode(getenv('SMTP_PASSWORD')) . '@' : '';
$mailer = new Mailer(Transport::fromDsn("smtp://$login" . getenv('SMTP_HOST') . ':' . getenv('SMTP_PORT')));
$mailer->send((new Email())->from(getenv('MAIL_FROM'))->to(getenv('MAIL_TO'))->subject('page')->text('hello'));
