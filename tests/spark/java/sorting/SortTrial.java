package featlang.spark;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

import featlang.kernel.Routed;

/** What tests/spark/test_sorting.py runs: random rows through the sorters of a task; prints what is wrong, and what was seen. */
public final class SortTrial {
    private SortTrial() {}

    public static void main(String[] arguments) {
        System.out.println("numbers out of order: " + numbersOutOfOrder());
        int rows = Integer.parseInt(arguments[0]);
        int halves = Integer.parseInt(arguments[1]);
        int times = Integer.parseInt(arguments[2]);
        int longest = Integer.parseInt(arguments[3]);
        SparkConf conf = new SparkConf().setMaster("local[1]").setAppName("trial").set("spark.ui.enabled", "false");
        Map.of("driver.host", "127.0.0.1", "driver.bindAddress", "127.0.0.1", "buffer.pageSize", "1m")
                .forEach((name, value) -> conf.set("spark." + name, value));
        for (String setting : Arrays.asList(arguments).subList(4, arguments.length)) {
            conf.set(setting.split("=")[0], setting.split("=")[1]);
        }
        try (JavaSparkContext spark = new JavaSparkContext(conf)) {
            spark.parallelize(List.of(1), 1)
                    .mapPartitions(one -> List.of(trial(rows, halves, times, longest)).iterator())
                    .collect()
                    .forEach(System.out::println);
        }
    }

    /** How often {@link Sorter#shortened} turns two numbers round. */
    private static int numbersOutOfOrder() {
        Random dice = new Random(1);
        Set<Long> numbers = new TreeSet<>(List.of(0L, Long.MIN_VALUE, Long.MAX_VALUE));
        for (int power = 0; power < 63; power++) {
            for (long near = -2; near <= 2; near++) {
                numbers.addAll(List.of((1L << power) + near, near - (1L << power)));
            }
        }
        IntStream.range(0, 300_000).forEach(i -> numbers.add(dice.nextLong() >> dice.nextInt(64)));
        long[] sorted = numbers.stream().mapToLong(Long::longValue).toArray();
        return (int) IntStream.range(1, sorted.length)
                .filter(i -> Integer.compareUnsigned(Sorter.shortened(sorted[i - 1]), Sorter.shortened(sorted[i])) > 0)
                .count();
    }

    /** Rows of keys that share so many halves of hashes, and of so many times, half of them of one key. */
    private static String trial(int rows, int halves, int times, int longest) {
        Random dice = new Random(rows);
        long[] put = {0};
        Iterator<UnsafeRow> all = IntStream.range(0, rows).mapToObj(i -> {
            int number = dice.nextBoolean() ? 0 : dice.nextInt(4 * halves);
            byte[] key = bytes((number % halves * 0x9E3779B1L) << 32 | number, number);
            byte[] order = bytes(dice.nextInt(times) * 1_000L - 5 ^ Long.MIN_VALUE, dice.nextLong());
            Routed event = new Routed(i % 3, key, order, new byte[dice.nextInt(longest)], i % 2 == 0 ? null : bytes(i));
            put[0] += sum(event);
            return RoutedBytes.row(event);
        }).iterator();
        Iterator<UnsafeRow> sorted = new KeyByKey(new InOrder(Sorter.byPrefix().with(all).sorted()));
        int count = 0;
        int wrong = 0;
        long taken = 0;
        Set<ByteBuffer> seen = new HashSet<>();
        Routed last = null;
        while (sorted.hasNext()) {
            Routed event = event(sorted.next());
            boolean sameKey = last != null && Arrays.equals(last.key(), event.key());
            wrong += sameKey && Arrays.compareUnsigned(last.order(), event.order()) > 0 ? 1 : 0;
            wrong += sameKey || seen.add(ByteBuffer.wrap(event.key())) ? 0 : 1;
            taken += sum(event);
            count++;
            last = event;
        }
        boolean spilled = TaskContext.get().taskMetrics().diskBytesSpilled() > 0;
        return "rows " + count + ", keys " + seen.size() + ", out of order " + wrong + ", the same " + (put[0] == taken) + ", spilled " + spilled;
    }

    private static Routed event(UnsafeRow row) {
        Object base = row.getBaseObject();
        long at = row.getBaseOffset();
        return new Routed(
                RoutedBytes.stage(base, at), RoutedBytes.key(base, at), RoutedBytes.order(base, at), RoutedBytes.payload(base, at), RoutedBytes.origin(base, at));
    }

    private static long sum(Routed event) {
        return Arrays.hashCode(new int[] {
            event.stage(), Arrays.hashCode(event.key()), Arrays.hashCode(event.order()), Arrays.hashCode(event.payload()), Arrays.hashCode(event.origin())
        });
    }

    private static byte[] bytes(long... numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES * numbers.length);
        Arrays.stream(numbers).forEach(bytes::putLong);
        return bytes.array();
    }
}
