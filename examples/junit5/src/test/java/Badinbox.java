import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Starts `badinbox serve` for a test class, and drives it over its API. */
final class Badinbox implements AutoCloseable {
    private static final Pattern READY = Pattern.compile("API (http\\S+)/\\?token=(\\S+)");

    private final HttpClient http = HttpClient.newHttpClient();
    private final Process process;
    private String url;
    private String token;

    /** Returns once it is ready. The variable BADINBOX says where the command is. */
    Badinbox() throws IOException {
        String command = System.getenv().getOrDefault("BADINBOX", "badinbox");
        process = new ProcessBuilder(command, "serve", "--quiet").redirectErrorStream(true).start();
        BufferedReader lines = process.inputReader();
        for (String line; url == null && (line = lines.readLine()) != null; ) {
            Matcher found = READY.matcher(line);
            if (found.matches()) {
                url = found.group(1);
                token = found.group(2);
            }
        }
        if (url == null) {
            throw new IOException("badinbox serve has ended");
        }
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        process.waitFor();
    }

    /** Stands a scenario's mailbox up; what to type is in its `settings`. */
    JsonObject mailbox(String scenario) throws IOException, InterruptedException {
        JsonObject wanted = new JsonObject();
        wanted.addProperty("scenario", scenario);
        return post("mailboxes", wanted);
    }

    /** The verdict on what the product said of it: a documented error. */
    String verdict(JsonObject mailbox, String error) throws IOException, InterruptedException {
        JsonObject said = new JsonObject();
        said.addProperty("error", error);
        String path = "mailboxes/" + mailbox.get("name").getAsString() + "/verdict";
        return post(path, said).get("verdict").getAsString();
    }

    private JsonObject post(String path, JsonObject body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/v1/" + path))
                .header("Authorization", "Bearer " + token)
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
        String answer = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        return JsonParser.parseString(answer).getAsJsonObject();
    }
}
