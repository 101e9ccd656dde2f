import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ProductTest {
    static Badinbox badinbox;

    @BeforeAll
    static void start() throws Exception {
        badinbox = new Badinbox();
    }

    @AfterAll
    static void stop() throws Exception {
        badinbox.close();
    }

    @Test
    void theCustomerIsAskedForAnAppPassword() throws Exception {
        JsonObject mailbox = badinbox.mailbox("unauthorized-app-password-required/gmail-imap");
        String said = Product.connect(mailbox.getAsJsonObject("settings"));
        assertEquals("unauthorized-app-password-required", said);
        assertEquals("passed", badinbox.verdict(mailbox, said));
    }
}
