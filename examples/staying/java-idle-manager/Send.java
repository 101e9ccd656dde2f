import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * A message that goes out by Jakarta Mail's Transport, once: what becomes of one that failed is left
 * to its users. How it connects is the connector of checks'.
 */
public final class Send {
    public static void main(String[] arguments) throws IOException, MessagingException {
        Check.readWords();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        JsonObject asked = JsonParser.parseString(in.readLine()).getAsJsonObject();
        JsonObject told = asked.getAsJsonObject("send");
        Session session = Check.session(asked, "smtp");
        JsonObject state = new JsonObject();
        try {
            Check.send(session, asked, asked.get("password").getAsString(), written(session, asked, told));
            state.addProperty("state", "sent");
            state.add("message_id", told.get("message_id"));
        } catch (Check.Failed failed) {
            state.addProperty("state", "failing");
            state.addProperty("error", failed.error);
            state.addProperty("message", failed.getCause().toString());
        }
        System.out.println(state);
    }

    /** Its own Message-ID is given by `updateMessageID`, as the FAQ of the library has it. */
    private static Message written(Session session, JsonObject asked, JsonObject told) throws MessagingException {
        String id = told.get("message_id").getAsString();
        Message message = new MimeMessage(session) {
            @Override
            protected void updateMessageID() throws MessagingException {
                setHeader("Message-ID", id);
            }
        };
        message.setFrom(new InternetAddress(asked.get("email").getAsString()));
        message.setRecipient(Message.RecipientType.TO, new InternetAddress(told.get("to").getAsString()));
        message.setSubject(told.get("subject").getAsString());
        message.setText(told.get("text").getAsString());
        message.saveChanges();
        return message;
    }
}
