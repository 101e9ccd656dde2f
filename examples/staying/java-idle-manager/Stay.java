import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.mail.imap.IdleManager;
import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.Flags;
import jakarta.mail.Folder;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Store;
import jakarta.mail.event.ConnectionAdapter;
import jakarta.mail.event.ConnectionEvent;
import jakarta.mail.event.MessageCountAdapter;
import jakarta.mail.event.MessageCountEvent;
import jakarta.mail.search.FlagTerm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Jakarta Mail's IdleManager, as its documentation has it: it watches a folder; where messages have
 * been added they are taken in, and it is told to watch again. It knows no reconnecting: the program
 * ends when the folder is closed, and is started again. The authorities to trust are those of the JVM.
 */
public final class Stay {
    private static final Gson GSON = new Gson();
    private static JsonObject words;

    public static void main(String[] arguments) throws IOException {
        words = JsonParser.parseString(Files.readString(Path.of("examples/connectors/shared/words.json"))).getAsJsonObject();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try {
            watch(JsonParser.parseString(in.readLine()).getAsJsonObject());
        } catch (MessagingException | IOException error) {
            leave(meaning(error), error.toString());
        }
    }

    private static void watch(JsonObject asked) throws MessagingException, IOException {
        JsonObject imap = asked.getAsJsonObject("imap");
        String protocol = imap.get("security").getAsString().equals("implicit-tls") ? "imaps" : "imap";
        ExecutorService executor = Executors.newCachedThreadPool();
        Session session = Session.getInstance(properties(asked, protocol, executor));
        IdleManager idleManager = new IdleManager(session, executor);

        Store store = session.getStore(protocol);
        String user = asked.get("username").isJsonNull() ? asked.get("email").getAsString() : asked.get("username").getAsString();
        store.connect(imap.get("host").getAsString(), imap.get("port").getAsInt(), user, asked.get("password").getAsString());
        Folder folder = store.getFolder("INBOX");
        folder.open(Folder.READ_WRITE);
        folder.addMessageCountListener(new MessageCountAdapter() {
            @Override
            public void messagesAdded(MessageCountEvent event) {
                try {
                    takeIn(event.getMessages());
                    idleManager.watch(folder); // keep watching for new messages
                } catch (MessagingException error) {
                    leave(meaning(error), error.toString());
                }
            }
        });
        folder.addConnectionListener(new ConnectionAdapter() {
            @Override
            public void closed(ConnectionEvent event) {
                leave("imap-settings-incorrect", "the folder was closed");
            }
        });
        takeIn(folder.search(new FlagTerm(new Flags(Flags.Flag.SEEN), false)));
        say("connected", new JsonObject());
        idleManager.watch(folder);
    }

    private static Properties properties(JsonObject asked, String protocol, ExecutorService executor) {
        Properties properties = new Properties();
        String wait = Long.toString(Math.round(asked.get("timeout_s").getAsDouble() * 1000));
        String mine = "mail." + protocol + ".";
        properties.put("mail.event.scope", "session");
        properties.put("mail.event.executor", executor);
        properties.put(mine + "usesocketchannels", "true");
        properties.put(mine + "connectiontimeout", wait);
        properties.put(mine + "timeout", wait);
        properties.put(mine + "ssl.checkserveridentity", "true");
        boolean starttls = asked.getAsJsonObject("imap").get("security").getAsString().equals("starttls");
        properties.put(mine + "starttls.enable", Boolean.toString(starttls));
        properties.put(mine + "starttls.required", Boolean.toString(starttls));
        if (asked.get("allow_insecure_certificates").getAsBoolean()) {
            properties.put(mine + "ssl.trust", "*");
        }
        return properties;
    }

    private static void takeIn(Message[] messages) throws MessagingException {
        for (Message message : messages) {
            JsonObject more = new JsonObject();
            more.addProperty("message_id", message.getHeader("Message-ID")[0].trim());
            message.setFlag(Flags.Flag.SEEN, true);
            say("message", more);
        }
    }

    private static String meaning(Exception error) {
        for (Throwable each = error; each != null; each = each.getCause()) {
            if (each instanceof CertificateException || String.valueOf(each.getMessage()).contains("No subject alternative")) {
                return "unauthorized-untrusted-certificate";
            }
        }
        if (error instanceof AuthenticationFailedException) {
            String said = String.valueOf(error.getMessage());
            if (has("app_password", said)) {
                return "unauthorized-app-password-required";
            }
            return has("credentials", said) && !has("not_credentials", said) ? "unauthorized" : "imap-authentication-error";
        }
        return "imap-settings-incorrect";
    }

    private static boolean has(String kind, String said) {
        JsonArray known = words.getAsJsonArray(kind);
        for (int i = 0; i < known.size(); i++) {
            if (said.toLowerCase(Locale.ROOT).contains(known.get(i).getAsString())) {
                return true;
            }
        }
        return false;
    }

    private static void leave(String error, String message) {
        JsonObject more = new JsonObject();
        more.addProperty("error", error);
        more.addProperty("message", message);
        say("failing", more);
        Runtime.getRuntime().halt(1);
    }

    private static synchronized void say(String state, JsonObject more) {
        more.addProperty("state", state);
        System.out.println(GSON.toJson(more));
        System.out.flush();
    }
}
