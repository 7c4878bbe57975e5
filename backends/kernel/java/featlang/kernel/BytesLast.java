package featlang.kernel;

/** The last value in the order of the events. */
public final class BytesLast extends BytesHeld<BytesLast> {
    public void add(byte[] next) {
        value = next;
    }

    @Override
    public void merge(BytesLast later) {
        if (later.value != null) {
            add(later.value);
        }
    }
}
