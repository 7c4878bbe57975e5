package featlang.kernel;

/** The first value in the order of the events. */
public final class BytesFirst extends BytesHeld<BytesFirst> {
    public void add(byte[] next) {
        if (value == null) {
            value = next;
        }
    }

    @Override
    public void merge(BytesFirst later) {
        if (later.value != null) {
            add(later.value);
        }
    }
}
