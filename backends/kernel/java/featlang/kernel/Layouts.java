package featlang.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The layouts that state was written under, by number: a head or a payload names its own by the number, instead of holding it. A
 * host keeps the table once for each operator, beside the state of the keys; it only grows.
 */
public final class Layouts {
    private final List<byte[]> all;

    /** @param all what {@link #all} gave */
    public Layouts(List<byte[]> all) {
        this.all = new ArrayList<>(all);
    }

    /** The layout's number; a new one's is the next. */
    public int number(byte[] layout) {
        for (int i = 0; i < all.size(); i++) {
            if (Arrays.equals(all.get(i), layout)) {
                return i;
            }
        }
        all.add(layout);
        return all.size() - 1;
    }

    /** Throws {@link IllegalStateException} where there is none of that number. */
    public byte[] layout(int number) {
        if (number >= all.size()) {
            throw new IllegalStateException("state of layout " + number + ", of which there are " + all.size());
        }
        return all.get(number);
    }

    /** All layouts, by number. */
    public List<byte[]> all() {
        return List.copyOf(all);
    }
}
