# A mailbox check by Ruby's own net/imap and net/smtp. Both raise: the class says what kind of
# failure it is, the message has the server's words.
require "json"
require "net/imap"
require "net/smtp"
require "time"
require "timeout"
require_relative "tokens"

WORDS = JSON.parse(File.read(File.join(__dir__, "../shared/words.json")))
NOT_THE_PASSWORD = [502, 503, 504, 530, 538, 550, 554].freeze
UNTRUSTED = /certificate verify failed|does not match the server certificate/

class Failed < StandardError
  attr_reader :error

  def initialize(error, native)
    super("#{native.class}: #{native.message}".scrub)
    @error = error
  end
end

# What the block raises means `error`, a documented one, or what a method of that name makes of it.
def step(error, seconds)
  Timeout.timeout(seconds, Timeout::Error) { yield }
rescue StandardError => e
  raise Failed.new("unauthorized-untrusted-certificate", e) if e.is_a?(OpenSSL::SSL::SSLError) && UNTRUSTED.match?(e.message)

  raise Failed.new(error.is_a?(Symbol) ? send(error, e) : error, e)
end

def tls(settings)
  return { verify_mode: OpenSSL::SSL::VERIFY_NONE } if settings["allow_insecure_certificates"]

  { verify_mode: OpenSSL::SSL::VERIFY_PEER, ca_file: settings["ca_file"] }.compact
end

# net/imap has no time-out but that of connecting. A handshake after STARTTLS fails in a thread of
# its own, and `starttls` returns all the same; what comes next fails.
def check_imap(settings, tokens)
  server, wait = settings.values_at("imap", "timeout_s")
  imap = step(:imap_connect_error, wait) { imap_connected(server, settings) }
  if tokens
    tokens.log_in { |token| step(:imap_token_error, wait) { imap_log_in_by_token(imap, settings, token) } }
  else
    step(:imap_login_error, wait) { imap.login(settings["username"] || settings["email"], settings["password"].b) }
  end
  step(:imap_confirmation_error, wait) { imap.select("INBOX") }
  log_out(imap, wait)
ensure
  imap&.disconnect unless imap&.disconnected?
end

def imap_connected(server, settings)
  implicit = server["security"] == "implicit-tls"
  imap = Net::IMAP.new(server["host"], port: server["port"], ssl: implicit && tls(settings), open_timeout: settings["timeout_s"])
  imap.starttls(tls(settings)) if server["security"] == "starttls"
  imap
rescue StandardError
  imap&.disconnect
  raise
end

def imap_log_in_by_token(imap, settings, token)
  mechanism = token_mechanism(imap.capability.map { |name| name.delete_prefix("AUTH=") })
  imap.authenticate(mechanism, settings["username"] || settings["email"], token)
end

def log_out(imap, wait)
  Timeout.timeout(wait) { imap.logout }
rescue StandardError
  nil # noted nowhere: the check has succeeded
end

def imap_connect_error(native)
  native.is_a?(Net::IMAP::ByeResponseError) ? "imap-confirmation-error" : "imap-settings-incorrect"
end

def imap_login_error(native)
  return "unauthorized-app-password-required" if has("app_password", native)
  return "unauthorized" if has("credentials", native) && !has("not_credentials", native)

  "imap-authentication-error"
end

# Of a refused token: there is no password that could be meant, whatever the words.
def imap_token_error(native)
  return "imap-authentication-error" unless native.is_a?(Net::IMAP::ResponseError)

  has("not_credentials", native) ? "imap-authentication-error" : "unauthorized"
end

# Of a session that ended once the log-in had succeeded.
def imap_confirmation_error(native)
  has("token_spent", native) ? "unauthorized" : "imap-confirmation-error"
end

def check_smtp(settings, tokens)
  wait = settings["timeout_s"]
  smtp = smtp_client(settings)
  # `start` connects, greets and, where it is told a user, logs in: what it raises tells which.
  step("smtp-settings-incorrect", wait) { smtp.start }
  if tokens
    tokens.log_in { |token| step(:smtp_login_error, wait) { smtp_log_in_by_token(smtp, settings, token) } }
  else
    step(:smtp_login_error, wait) { log_in(smtp, settings) }
  end
  step("test-email-failed", wait) { send_test_email(smtp, settings) }
ensure
  quit(smtp) if smtp&.started?
end

def smtp_client(settings)
  server, wait = settings.values_at("smtp", "timeout_s")
  implicit, starttls = %w[implicit-tls starttls].map { |each| each == server["security"] }
  smtp = TokenSMTP.new(server["host"], server["port"], tls: implicit, starttls: starttls && :always, ssl_context_params: tls(settings))
  smtp.open_timeout = smtp.read_timeout = wait
  smtp
end

# net/smtp does not choose: it is told one mechanism.
def log_in(smtp, settings)
  mechanism = !smtp.capable_plain_auth? && smtp.capable_login_auth? ? :login : :plain
  smtp.authenticate(settings["username"] || settings["email"], settings["password"], mechanism)
end

def smtp_log_in_by_token(smtp, settings, token)
  mechanism = token_mechanism(smtp.capable_auth_types.map(&:upcase))
  smtp.authenticate(settings["username"] || settings["email"], token, mechanism.downcase.to_sym)
end

def send_test_email(smtp, settings)
  to = settings["bcc_address"] || settings["email"]
  message = "From: #{settings["email"]}\nTo: #{to}\nDate: #{Time.now.rfc2822}\nSubject: Test e-mail\n\nThis is a test e-mail.\n"
  smtp.send_message(message, settings["email"], to)
end

def quit(smtp)
  smtp.finish
rescue StandardError
  nil # noted nowhere: the test e-mail is sent, or something else has failed
end

def smtp_login_error(native)
  return "unauthorized-app-password-required" if has("app_password", native)

  code = native.message[/\A\d{3}/].to_i
  code >= 500 && !NOT_THE_PASSWORD.include?(code) ? "unauthorized" : "smtp-settings-incorrect"
end

# The message of net/imap's errors lacks the response code, the response has it.
def has(kind, native)
  code = native.response.data.code if native.is_a?(Net::IMAP::ResponseError)
  text = "#{"[#{code.name}] " if code}#{native.message}".dup.force_encoding("UTF-8").scrub.downcase
  WORDS[kind].any? { |word| text.include?(word) }
end

$stdout.sync = true
$stdin.each_line do |line|
  settings = JSON.parse(line)
  answer = { check: settings["check"], error: "connected" }
  begin
    tokens = Tokens.new(settings) if settings["oauth2"]
    tokens&.current
    check_imap(settings, tokens)
    check_smtp(settings, tokens)
  rescue Failed => e
    answer.merge!(error: e.error, message: e.message.dup.force_encoding("UTF-8").scrub)
  end
  puts JSON.generate(answer)
end
