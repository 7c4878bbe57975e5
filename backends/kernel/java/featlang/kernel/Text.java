package featlang.kernel;

import java.nio.charset.StandardCharsets;

/** Between Java's strings and the UTF-8 in which the kernel holds text. */
public final class Text {
    private Text() {
    }

    public static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public static String string(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }
}
