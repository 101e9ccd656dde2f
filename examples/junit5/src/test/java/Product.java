import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** What is tested: it logs in over IMAP and says what is wrong. Yours is longer. */
final class Product {
    static String connect(JsonObject settings) throws Exception {
        JsonObject imap = settings.getAsJsonObject("imap");
        String host = imap.get("host").getAsString();
        SSLContext tls = trusting(settings.getAsJsonObject("trust_store"));
        try (Socket socket = tls.getSocketFactory().createSocket(host, imap.get("port").getAsInt())) {
            var lines = new BufferedReader(new InputStreamReader(socket.getInputStream()));
            lines.readLine(); // the greeting
            String login = "a LOGIN " + settings.get("email").getAsString() + " \""
                    + settings.get("password").getAsString() + "\"\r\n";
            socket.getOutputStream().write(login.getBytes(StandardCharsets.US_ASCII));
            String answer = lines.readLine();
            if (answer.startsWith("a OK")) {
                return "connected";
            }
            return answer.contains("Application-specific password")
                    ? "unauthorized-app-password-required"
                    : "unauthorized";
        }
    }

    private static SSLContext trusting(JsonObject store) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        try (var file = new FileInputStream(store.get("file").getAsString())) {
            trusted.load(file, store.get("password").getAsString().toCharArray());
        }
        var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }
}
