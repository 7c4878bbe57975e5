package featlang.kernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * Runs commands from files on accumulators that have names, and prints what they give, one line each.
 *
 * <p>{@code new NAME Class arguments}, {@code on NAME method arguments}, {@code call Class.method arguments} (with an outcome where
 * the method takes one), {@code write NAME}, {@code read NAME hex}, {@code copy NAME FROM}; {@code ring NAME width step invertible
 * Class arguments}, {@code feed NAME time method arguments}, {@code reload NAME}, {@code whole NAME RING}. An argument is
 * {@code i:} and an int64, {@code n:} and an int, {@code d:} and a double's 16 hex digits, {@code b:} and hex bytes, {@code t:} and
 * a boolean, {@code y:} and a type with {@code _} for spaces, or {@code @} and an accumulator's name. An exception is printed as {@code ! message}.
 */
public final class AccumulatorProbe {
    private static final HexFormat HEX = HexFormat.of();

    private record WithTiles(Ring ring, Map<Long, byte[]> tiles) {
    }

    private final Map<String, Accumulator<?>> accumulators = new HashMap<>();
    private final Map<String, WithTiles> rings = new HashMap<>();
    private final Map<String, Method> methods = new HashMap<>();
    private final Map<String, Zone> zones = new HashMap<>();
    private final Map<String, Regex> patterns = new HashMap<>();
    private final Map<String, Structure> structures = new HashMap<>();
    private final Outcome outcome = new Outcome();
    private final PrintWriter out;

    private AccumulatorProbe(PrintWriter out) {
        this.out = out;
    }

    /** Reads names of files: runs the commands of each in a probe of its own, and prints what they give into a file beside it. */
    public static void main(String[] arguments) throws IOException, ReflectiveOperationException {
        BufferedReader names = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String name = names.readLine(); name != null; name = names.readLine()) {
            try (
                BufferedReader in = Files.newBufferedReader(Path.of(name), StandardCharsets.US_ASCII);
                PrintWriter out = new PrintWriter(name + ".out", StandardCharsets.US_ASCII)
            ) {
                new AccumulatorProbe(out).runAll(in);
            }
            System.out.println("done");
        }
    }

    private void runAll(BufferedReader in) throws IOException, ReflectiveOperationException {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            try {
                run(line.split(" "));
            } catch (InvocationTargetException e) {
                out.println("! " + e.getCause().getMessage());
            } catch (IllegalStateException e) {
                out.println("! " + e.getMessage());
            }
        }
    }

    private void run(String[] words) throws ReflectiveOperationException {
        String name = words[1];
        switch (words[0]) {
            case "new" -> accumulators.put(name, create(words, 2));
            case "on" -> print(invoke(accumulators.get(name), words, 2));
            case "call" -> print(invoke(null, words, 1));
            case "write" -> out.println(HEX.formatHex(bytes(accumulators.get(name))));
            case "read" -> accumulators.get(name).read(new Reader().reset(HEX.parseHex(words[2])));
            case "copy" -> accumulators.get(name).read(new Reader().reset(bytes(accumulators.get(words[2]))));
            case "ring" -> rings.put(name, ring(words));
            case "feed" -> {
                Ring ring = rings.get(name).ring;
                ring.advance(Long.parseLong(words[2]));
                invoke(ring.running[0], words, 3);
                invoke(ring.open[0], words, 3);
            }
            case "reload" -> {
                Writer head = new Writer();
                rings.get(name).ring.write(head);
                rings.get(name).ring.reset();
                rings.get(name).ring.read(new Reader().reset(head.toBytes()));
            }
            case "whole" -> accumulators.put(name, rings.get(words[2]).ring.whole(0));
            default -> throw new IllegalArgumentException(words[0]);
        }
    }

    private WithTiles ring(String[] words) {
        Map<Long, byte[]> tiles = new HashMap<>();
        boolean[] invertible = {Boolean.parseBoolean(words[4])};
        Ring ring = Ring.sliding(0, Long.parseLong(words[2]), Long.parseLong(words[3]), invertible, new long[1], () -> {
            try {
                return new Accumulator<?>[] {create(words, 5)};
            } catch (ReflectiveOperationException e) {
                throw new IllegalArgumentException(e);
            }
        });
        ring.open(new HeapTiles(tiles), 0, null);
        return new WithTiles(ring, tiles);
    }

    private Accumulator<?> create(String[] words, int at) throws ReflectiveOperationException {
        for (Constructor<?> constructor : Class.forName("featlang.kernel." + words[at]).getConstructors()) {
            if (constructor.getParameterCount() == words.length - at - 1) {
                return (Accumulator<?>) constructor.newInstance(arguments(words, at + 1, null));
            }
        }
        throw new NoSuchMethodException(words[at]);
    }

    private static byte[] bytes(Accumulator<?> accumulator) {
        Writer writer = new Writer();
        accumulator.write(writer);
        return writer.toBytes();
    }

    private Object invoke(Object target, String[] words, int at) throws ReflectiveOperationException {
        Method method = method(target, words, at);
        outcome.isNull = false;
        return method.invoke(target, arguments(words, at + 1, method));
    }

    /** The method of that name that takes such arguments; an outcome may follow them. */
    private Method method(Object target, String[] words, int at) throws ReflectiveOperationException {
        StringBuilder key = new StringBuilder(target == null ? "" : target.getClass().getName()).append(' ').append(words[at]);
        Object[] given = arguments(words, at + 1, null);
        for (Object argument : given) {
            key.append(' ').append(argument.getClass().getName());
        }
        Method known = methods.get(key.toString());
        if (known != null) {
            return known;
        }
        int dot = words[at].lastIndexOf('.');
        Class<?> owner = target == null ? Class.forName("featlang.kernel." + words[at].substring(0, dot)) : target.getClass();
        for (Method method : owner.getMethods()) {
            if (method.getName().equals(words[at].substring(dot + 1)) && !method.isBridge() && takes(method, given)) {
                method.setAccessible(true);
                methods.put(key.toString(), method);
                return method;
            }
        }
        throw new NoSuchMethodException(key.toString());
    }

    private static boolean takes(Method method, Object[] given) {
        Class<?>[] types = method.getParameterTypes();
        boolean outcomeLast = types.length > 0 && types[types.length - 1] == Outcome.class;
        if (types.length != given.length + (outcomeLast ? 1 : 0)) {
            return false;
        }
        for (int i = 0; i < given.length; i++) {
            Class<?> type = types[i] == long.class ? Long.class
                    : types[i] == double.class ? Double.class
                    : types[i] == boolean.class ? Boolean.class
                    : types[i];
            if (!type.isInstance(given[i])) {
                return false;
            }
        }
        return true;
    }

    private Object[] arguments(String[] words, int from, Method method) {
        Object[] values = new Object[method == null ? words.length - from : method.getParameterCount()];
        for (int i = 0; i < values.length; i++) {
            values[i] = from + i < words.length ? argument(words[from + i]) : outcome;
        }
        return values;
    }

    private Object argument(String word) {
        if (word.charAt(0) == '@') {
            return accumulators.get(word.substring(1));
        }
        String text = word.substring(2);
        return switch (word.charAt(0)) {
            case 'i' -> (Object) Long.parseLong(text);
            case 'n' -> Integer.parseInt(text);
            case 'd' -> Double.longBitsToDouble(Long.parseUnsignedLong(text, 16));
            case 'b' -> HEX.parseHex(text);
            case 't' -> Boolean.parseBoolean(text);
            case 's' -> text;
            case 'p' -> patterns.computeIfAbsent(text, Regex::of);
            case 'z' -> zones.computeIfAbsent(text, Zone::of);
            case 'y' -> structures.computeIfAbsent(text, each -> Structure.of(each.replace('_', ' ')));
            default -> throw new IllegalArgumentException(word);
        };
    }

    private void print(Object value) {
        if (outcome.isNull) {
            out.println("null " + Outcome.REASONS[outcome.reason]);
            outcome.isNull = false;
        } else if (value instanceof Double number) {
            out.println(HEX.toHexDigits(Double.doubleToRawLongBits(number)));
        } else if (value instanceof byte[] bytes) {
            out.println("x" + HEX.formatHex(bytes));
        } else if (value != null) {
            out.println(value);
        }
    }
}
