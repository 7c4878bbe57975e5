package featlang.kernel;

/**
 * A declared column of a source, or a column of a row.
 *
 * @param unit microseconds' relation for numbers that are times: "s", "ms", "us", "ns", or null
 * @param zoneUtc whether a time's text without an offset is UTC
 */
public record Column(String name, Structure structure, boolean nullable, String unit, boolean zoneUtc) {
    public Column(String name, Type type, boolean nullable) {
        this(name, Structure.of(type), nullable, null, false);
    }

    public Column(String name, Type type, boolean nullable, String unit, boolean zoneUtc) {
        this(name, Structure.of(type), nullable, unit, zoneUtc);
    }

    public Type type() {
        return structure.type();
    }
}
