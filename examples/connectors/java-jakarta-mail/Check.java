import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.Folder;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Store;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Reader;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A mailbox check by Jakarta Mail. Its errors are exceptions: their class and, somewhere in the
 * chain, the class of what caused them; the words of the server are in the message. The authorities
 * to trust are those of the JVM.
 */
public final class Check {
    private static final Set<Integer> NOT_THE_PASSWORD = Set.of(502, 503, 504, 530, 538, 550, 554);
    private static JsonObject words;

    static final class Failed extends Exception {
        final String error;

        Failed(String error, Exception cause) {
            super(cause);
            this.error = error;
        }
    }

    private interface LogIn {
        void with(String secret) throws Failed;
    }

    /** The tokens of one check. Java has no OAuth client of its own, but one of HTTP. */
    private static final class Tokens {
        private final JsonObject settings;
        private final JsonObject oauth2;
        private String access;
        private boolean renewed = false;

        Tokens(JsonObject settings) {
            this.settings = settings;
            oauth2 = settings.getAsJsonObject("oauth2");
            access = text(oauth2.get("access_token"));
        }

        /** A new one where there is none, or it is known to have expired. */
        String current() throws Failed {
            JsonElement expires = oauth2.get("expires_at");
            boolean spent = !renewed && !expires.isJsonNull() && expires.getAsDouble() <= Instant.now().getEpochSecond();
            if (access == null || (spent && renewable())) {
                renew();
            }
            return access;
        }

        /** Log in; where the token was refused, once more with a new one. */
        void logIn(LogIn logIn) throws Failed {
            String known = current();
            try {
                logIn.with(known);
            } catch (Failed failed) {
                if (renewed || !renewable() || !failed.error.equals("unauthorized")) {
                    throw failed;
                }
                renew();
                logIn.with(access);
            }
        }

        private boolean renewable() {
            return ownName() || !oauth2.get("refresh_token").isJsonNull();
        }

        private boolean ownName() {
            return text(oauth2.get("grant")).equals("client_credentials");
        }

        private void renew() throws Failed {
            renewed = true;
            if (!renewable()) {
                throw new Failed("unauthorized", new IOException("there is no token, and none can be asked for"));
            }
            String said = post();
            try {
                access = JsonParser.parseString(said).getAsJsonObject().get("access_token").getAsString();
            } catch (JsonParseException | IllegalStateException | NullPointerException error) {
                IOException told = new IOException(said.substring(0, Math.min(said.length(), 65_536)));
                throw new Failed(has("grant", told) ? "unauthorized" : "imap-authentication-error", told);
            }
        }

        /** The answer, whatever its status: RFC 6749, sections 6 and 4.4. */
        private String post() throws Failed {
            Map<String, String> fields = new LinkedHashMap<>();
            fields.put("grant_type", text(oauth2.get("grant")));
            fields.put("client_id", text(oauth2.get("client_id")));
            fields.put("client_secret", text(oauth2.get("client_secret")));
            fields.put("refresh_token", ownName() ? null : text(oauth2.get("refresh_token")));
            fields.put("scope", ownName() ? scopes() : null);
            String form = fields.entrySet().stream().filter(each -> each.getValue() != null)
                .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
            Duration wait = Duration.ofMillis((long) (1000 * settings.get("timeout_s").getAsDouble()));
            HttpRequest request = HttpRequest.newBuilder(URI.create(text(oauth2.get("token_endpoint"))))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .timeout(wait).POST(BodyPublishers.ofString(form)).build();
            try {
                HttpClient client = HttpClient.newBuilder().proxy(ProxySelector.of(null)).connectTimeout(wait).build();
                return client.send(request, BodyHandlers.ofString()).body();
            } catch (IOException | InterruptedException error) {
                throw new Failed(untrusted(error) ? "unauthorized-untrusted-certificate" : "imap-authentication-error", error);
            }
        }

        private String scopes() {
            return oauth2.getAsJsonArray("scopes").asList().stream().map(JsonElement::getAsString).collect(Collectors.joining(" "));
        }
    }

    public static void main(String[] arguments) throws IOException {
        readWords();
        Reader input = new InputStreamReader(System.in, StandardCharsets.UTF_8);
        PrintStream output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line : (Iterable<String>) new BufferedReader(input).lines()::iterator) {
            output.println(new Gson().toJson(answer(JsonParser.parseString(line).getAsJsonObject())));
        }
    }

    static void readWords() throws IOException {
        Path shared = Path.of("examples/connectors/shared/words.json");
        words = JsonParser.parseString(Files.readString(shared)).getAsJsonObject();
    }

    private static JsonObject answer(JsonObject settings) {
        JsonObject answer = new JsonObject();
        answer.add("check", settings.get("check"));
        answer.addProperty("error", "connected");
        try {
            if (settings.get("oauth2").isJsonNull()) {
                String password = settings.get("password").getAsString();
                checkImap(settings, password);
                checkSmtp(settings, password);
            } else {
                Tokens tokens = new Tokens(settings);
                tokens.logIn(token -> checkImap(settings, token));
                tokens.logIn(token -> checkSmtp(settings, token));
            }
        } catch (Failed failed) {
            answer.addProperty("error", failed.error);
            answer.addProperty("message", failed.getCause().toString());
        }
        return answer;
    }

    private static void checkImap(JsonObject settings, String secret) throws Failed {
        try (Store store = session(settings, "imap").getStore("imap")) {
            connect(store, settings, secret);
            try (Folder inbox = store.getFolder("INBOX")) {
                inbox.open(Folder.READ_ONLY);
            } catch (MessagingException error) {
                throw new Failed("imap-confirmation-error", error);
            }
        } catch (MessagingException error) {
            // It has failed to say goodbye; or there is no such provider, which is not so.
        }
    }

    private static void connect(Store store, JsonObject settings, String secret) throws Failed {
        try {
            store.connect(login(settings), secret);
        } catch (AuthenticationFailedException error) {
            throw new Failed(settings.get("oauth2").isJsonNull() ? imapLoginError(error) : imapTokenError(error), error);
        } catch (MessagingException error) {
            throw new Failed(imapConnectError(error), error);
        }
    }

    private static void checkSmtp(JsonObject settings, String secret) throws Failed {
        Session session = session(settings, "smtp");
        try {
            send(session, settings, secret, testEmail(session, settings));
        } catch (MessagingException error) {
            throw new Failed("test-email-failed", error);
        }
    }

    static void send(Session session, JsonObject settings, String secret, Message message) throws Failed {
        try (Transport transport = session.getTransport("smtp")) {
            connect(transport, settings, secret);
            send(transport, message);
        } catch (MessagingException error) {
            // It has failed to say goodbye.
        }
    }

    private static void connect(Transport transport, JsonObject settings, String secret) throws Failed {
        try {
            transport.connect(login(settings), secret);
        } catch (AuthenticationFailedException error) {
            throw new Failed(smtpLoginError(error), error);
        } catch (MessagingException error) {
            throw new Failed(untrusted(error) ? "unauthorized-untrusted-certificate" : "smtp-settings-incorrect", error);
        }
    }

    private static void send(Transport transport, Message message) throws Failed {
        try {
            transport.sendMessage(message, message.getAllRecipients());
        } catch (MessagingException error) {
            throw new Failed("test-email-failed", error);
        }
    }

    private static Message testEmail(Session session, JsonObject settings) throws MessagingException {
        Message message = new MimeMessage(session);
        message.setFrom(new InternetAddress(settings.get("email").getAsString()));
        String to = settings.get(settings.get("bcc_address").isJsonNull() ? "email" : "bcc_address").getAsString();
        message.setRecipient(Message.RecipientType.TO, new InternetAddress(to));
        message.setSubject("Test e-mail");
        message.setText("This is a test e-mail.");
        message.saveChanges();
        return message;
    }

    static Session session(JsonObject settings, String protocol) {
        JsonObject server = settings.getAsJsonObject(protocol);
        boolean startTls = server.get("security").getAsString().equals("starttls");
        String milliseconds = String.valueOf((long) (1000 * settings.get("timeout_s").getAsDouble()));
        String prefix = "mail." + protocol + ".";
        Properties properties = new Properties();
        properties.put(prefix + "host", server.get("host").getAsString());
        properties.put(prefix + "port", server.get("port").getAsString());
        properties.put(prefix + "auth", "true");
        if (!settings.get("oauth2").isJsonNull()) {
            properties.put(prefix + "auth.mechanisms", "XOAUTH2");
        }
        properties.put(prefix + "ssl.enable", String.valueOf(server.get("security").getAsString().equals("implicit-tls")));
        properties.put(prefix + "starttls.enable", String.valueOf(startTls));
        properties.put(prefix + "starttls.required", String.valueOf(startTls));
        properties.put(prefix + "connectiontimeout", milliseconds);
        properties.put(prefix + "timeout", milliseconds);
        properties.put(prefix + "writetimeout", milliseconds);
        if (!server.get("source_address").isJsonNull()) {
            properties.put(prefix + "localaddress", server.get("source_address").getAsString());
        }
        if (settings.get("allow_insecure_certificates").getAsBoolean()) {
            properties.put(prefix + "ssl.trust", "*");
        } else {
            properties.put(prefix + "ssl.checkserveridentity", "true");
        }
        return Session.getInstance(properties);
    }

    private static String login(JsonObject settings) {
        return settings.get(settings.get("username").isJsonNull() ? "email" : "username").getAsString();
    }

    /** `connect` goes as far as the log-in. A BYE of the library's own stands for a lost connection. */
    private static String imapConnectError(MessagingException error) {
        if (untrusted(error)) {
            return "unauthorized-untrusted-certificate";
        }
        String text = String.valueOf(error.getMessage());
        boolean answered = text.startsWith("* ") && !text.startsWith("* BYE Jakarta Mail Exception");
        return answered ? "imap-confirmation-error" : "imap-settings-incorrect";
    }

    private static boolean untrusted(Throwable error) {
        return error != null
            && (error instanceof CertificateException
                || String.valueOf(error.getMessage()).startsWith("Can't verify identity of server")
                || untrusted(error.getCause()));
    }

    /** Of a refused token: there is no password that could be meant, whatever the words. */
    private static String imapTokenError(MessagingException error) {
        return has("not_credentials", error) ? "imap-authentication-error" : "unauthorized";
    }

    private static String imapLoginError(MessagingException error) {
        if (has("app_password", error)) {
            return "unauthorized-app-password-required";
        }
        boolean blamed = has("credentials", error) && !has("not_credentials", error);
        return blamed ? "unauthorized" : "imap-authentication-error";
    }

    private static String smtpLoginError(MessagingException error) {
        if (has("app_password", error)) {
            return "unauthorized-app-password-required";
        }
        String text = error.getMessage();
        int code = text.matches("(?s)\\d{3}\\b.*") ? Integer.parseInt(text.substring(0, 3)) : 0;
        return code >= 500 && !NOT_THE_PASSWORD.contains(code) ? "unauthorized" : "smtp-settings-incorrect";
    }

    private static String text(JsonElement value) {
        return value.isJsonNull() ? null : value.getAsString();
    }

    private static boolean has(String kind, Exception error) {
        String text = String.valueOf(error.getMessage()).toLowerCase();
        for (var word : words.getAsJsonArray(kind)) {
            if (text.contains(word.getAsString())) {
                return true;
            }
        }
        return false;
    }
}
