package featlang.flink;

import java.util.concurrent.TimeUnit;

import org.apache.flink.streaming.api.operators.util.PausableRelativeClock;
import org.apache.flink.util.clock.Clock;

/** What counts as time in which a task could have read, as tests/flink/test_parts.py expects it: all in ms. */
public final class AwakeTrial {
    private static final class Machine extends Clock {
        private long nanos = 12_345;

        @Override
        public long absoluteTimeMillis() {
            throw new IllegalStateException("a clock that may be put back");
        }

        @Override
        public long relativeTimeMillis() {
            return TimeUnit.NANOSECONDS.toMillis(nanos);
        }

        @Override
        public long relativeTimeNanos() {
            return nanos;
        }

        void pass(long millis) {
            nanos += TimeUnit.MILLISECONDS.toNanos(millis);
        }
    }

    private AwakeTrial() {
    }

    public static void main(String[] arguments) {
        Machine machine = new Machine();
        PausableRelativeClock pressed = new PausableRelativeClock(machine);
        AwakeClock awake = new AwakeClock(pressed, 200);
        tell("began", awake);
        machine.pass(200);
        tell("waited 200", awake);
        machine.pass(4);
        awake.read();
        machine.pass(196);
        tell("a record of 4 and 196", awake);
        machine.pass(700);
        awake.read();
        machine.pass(200);
        tell("a record of 700 and 200", awake);
        machine.pass(60_000);
        tell("held up for 60000", awake);
        machine.pass(100);
        pressed.markStart();
        machine.pass(500);
        tell("100 and under pressure for 500", awake);
        machine.pass(500);
        pressed.markEnd();
        machine.pass(100);
        tell("500 more and 100", awake);
    }

    private static void tell(String what, AwakeClock awake) {
        System.out.println(what + ": " + awake.micros() / 1000);
    }
}
