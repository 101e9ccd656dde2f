# Log-ins by token for net/imap 0.2 and net/smtp 0.3, which have neither XOAUTH2 nor OAUTHBEARER: both
# take mechanisms from the application. New tokens are asked for by net/http.
require "json"
require "net/http"
require "net/imap"
require "net/smtp"
require "uri"

# RFC 7628, 3.1: what the client says first.
def initial_response(mechanism, user, token)
  return "user=#{user}\1auth=Bearer #{token}\1\1" if mechanism == "XOAUTH2"

  "n,a=#{user.gsub("=", "=3D").gsub(",", "=2C")},\1auth=Bearer #{token}\1\1"
end

# Of those that a server offers; XOAUTH2 where it offers neither.
def token_mechanism(offered)
  offered.include?("OAUTHBEARER") && !offered.include?("XOAUTH2") ? "OAUTHBEARER" : "XOAUTH2"
end

# The client's side at IMAP: the token, then the end of an exchange that failed, whose challenge
# begins with `{` (RFC 7628, 3.2.3).
%w[XOAUTH2 OAUTHBEARER].each do |mechanism|
  authenticator = Class.new do
    define_method(:initialize) { |user, token| @first = initial_response(mechanism, user, token) }
    define_method(:process) { |challenge| challenge.start_with?("{") ? failed : @first }
    define_method(:failed) { mechanism == "XOAUTH2" ? "" : "\1" }
  end
  Net::IMAP.add_authenticator(mechanism, authenticator)
end

# The same at SMTP.
class TokenSMTP < Net::SMTP
  def auth_xoauth2(user, token) = auth_by_token("XOAUTH2", user, token, "")

  def auth_oauthbearer(user, token) = auth_by_token("OAUTHBEARER", user, token, base64_encode("\1"))

  private

  def auth_by_token(mechanism, user, token, ending)
    answer = critical do
      first = get_response("AUTH #{mechanism} #{base64_encode(initial_response(mechanism, user, token))}")
      first.continue? ? get_response(ending) : first
    end
    check_auth_response(answer)
    answer
  end
end

# The tokens of one check.
class Tokens
  MOST_BYTES = 65_536

  def initialize(settings)
    @settings, @oauth2 = settings, settings["oauth2"]
    @access, @renewed = @oauth2["access_token"], false
  end

  # The access token; a new one where there is none, or it is known to have expired.
  def current
    expires_at = @oauth2["expires_at"]
    spent = expires_at && expires_at <= Time.now.to_f && !@renewed
    renew if @access.nil? || (spent && renewable?)
    @access
  end

  # Log in by the block; where the token was refused, once more with a new one.
  def log_in
    yield current
  rescue Failed => e
    raise if e.error != "unauthorized" || @renewed || !renewable?

    renew
    yield @access
  end

  private

  def renewable? = @oauth2["grant"] == "client_credentials" || !@oauth2["refresh_token"].nil?

  def renew
    @renewed = true
    raise Failed.new("unauthorized", RuntimeError.new("there is no token, and none can be asked for")) unless renewable?

    said = step("imap-authentication-error", @settings["timeout_s"]) { answer }
    @access = JSON.parse(said).fetch("access_token")
  rescue JSON::ParserError, KeyError, TypeError
    error = WORDS["grant"].any? { |word| said.downcase.include?(word) } ? "unauthorized" : "imap-authentication-error"
    raise Failed.new(error, RuntimeError.new(said))
  end

  # The beginning of what the token endpoint answers to the form (RFC 6749, 6 and 4.4).
  def answer
    uri = URI(@oauth2["token_endpoint"])
    options = { use_ssl: true, ca_file: @settings["ca_file"], open_timeout: @settings["timeout_s"], read_timeout: @settings["timeout_s"] }
    request = Net::HTTP::Post.new(uri)
    request.set_form_data(form)
    Net::HTTP.start(uri.host, uri.port, nil, **options) { |http| beginning(http, request) }
  end

  def beginning(http, request)
    said = +""
    http.request(request) do |response|
      response.read_body { |part| said << part if said.bytesize < MOST_BYTES }
    end
    said[0, MOST_BYTES].scrub
  end

  def form
    told = @oauth2.slice("client_id", "client_secret").compact.merge("grant_type" => @oauth2["grant"])
    return told.merge("refresh_token" => @oauth2["refresh_token"]) if @oauth2["grant"] == "refresh_token"

    told.merge("scope" => @oauth2["scopes"].join(" "))
  end
end
