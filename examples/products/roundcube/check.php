<?php
// Roundcube's own framework, unmodified: its log-in, its look into INBOX, and a message that it sends.
// Ours is what stands for its database, its session and its page.
$place = getenv('ROUNDCUBE') . '/usr/share/roundcube/';
define('RCUBE_INSTALL_PATH', $place);
define('RCUBE_CONFIG_DIR', getenv('ROUNDCUBE') . '/etc/roundcube/');
define('RCUBE_LOCALIZATION_DIR', $place . 'program/localization/');
require $place . 'program/lib/Roundcube/bootstrap.php';
spl_autoload_register(function (string $class) use ($place) {
    if ($class === 'rcmail' || $class === 'rcmail_action') require "{$place}program/include/$class.php";
});

class Page // that keeps what it is to show
{
    public array $shown = [];

    public function show_message(string $message, string $type = 'notice', array|null $vars = null): void
    {
        $this->shown[] = $message;
    }
}

class Webmail extends rcmail // without database and session, which `rcmail` itself begins with
{
    public function __construct()
    {
        rcube::$instance = $this;
        $this->config = new rcube_config();
        $this->plugins = rcube_plugin_api::get_instance();
        $this->output = new Page();
        $this->plugins->register_hook('write_log', function (array $log) { // what its log is told
            fwrite(STDERR, trim($log['line']) . "\n");
            return ['abort' => true] + $log;
        });
        $this->load_language('en_US');
    }
}

$asked = json_decode(stream_get_contents(STDIN), true);
$user = $asked['username'] ?? $asked['email'];
$webmail = new Webmail();
$_SESSION = [];

// What who sets it up writes into config.inc.php.
$trust = ['cafile' => $asked['ca_file']];
if ($asked['allow_insecure_certificates']) $trust += ['verify_peer' => false, 'verify_peer_name' => false];
$scheme = ['implicit-tls' => 'ssl', 'starttls' => 'tls', 'cleartext' => false];
$smtp = $asked['smtp'] ?? ['security' => 'cleartext', 'host' => '', 'port' => 0];
foreach ([
    'imap_cache' => null, 'messages_cache' => false, 'smtp_log' => false,
    'imap_conn_options' => ['ssl' => $trust], 'smtp_conn_options' => ['ssl' => $trust],
    'smtp_host' => ltrim($scheme[$smtp['security']] . '://' . host($smtp) . ":$smtp[port]", ':/'),
    'smtp_user' => $user, 'smtp_pass' => $asked['password'],
] as $key => $value) $webmail->config->set($key, $value);

echo json_encode(['check' => $asked['check']] + check($webmail, $asked, $user)), "\n";

function host(array $server): string // as it stands in a URL
{
    return str_contains($server['host'], ':') ? "[$server[host]]" : $server['host'];
}

function check(rcmail $webmail, array $asked, string $user): array
{
    global $scheme;
    ['port' => $port, 'security' => $security] = $asked['imap'];
    $imap = $webmail->get_storage();
    if (!$imap->connect(host($asked['imap']), $user, $asked['password'], $port, $scheme[$security])) {
        $label = $webmail->login_error() === rcmail::ERROR_STORAGE ? 'storageerror' : 'loginfailed';
        return ['error' => $label, 'message' => $webmail->gettext($label)];
    }
    $rows = $imap->count('INBOX') ? $imap->list_messages('INBOX') : [];
    if (!$rows && $imap->get_error_code()) { // as its list of messages does
        rcmail_action::display_server_error('errorreading');
        return ['error' => 'errorreading', 'message' => implode(' ', $webmail->output->shown)];
    }
    $imap->close();
    return send($webmail, $asked);
}

function send(rcmail $webmail, array $asked): array
{
    $message = new Mail_mime("\r\n");
    $message->setTXTBody('A test.');
    $message->headers([
        'From' => $asked['email'], 'To' => $asked['bcc_address'], 'Subject' => 'Test', 'Date' => $webmail->user_date(), 'Message-ID' => '<' . bin2hex(random_bytes(8)) . '@example.test>',
    ]);
    $sent = $webmail->deliver_message($message, $asked['email'], $asked['bcc_address'], $error);
    $webmail->smtp?->disconnect();
    if ($sent) return ['error' => 'connected'];
    $label = $error['label'] ?? 'sendingfailed';
    return ['error' => $label, 'message' => $webmail->gettext(['name' => $label, 'vars' => $error['vars'] ?? []])];
}
