package featlang.flink;

/** Makes instances of generated classes by name. */
final class Classes {
    private Classes() {
    }

    /** A new instance by the public constructor without arguments. */
    static <T> T create(ClassLoader loader, String name, Class<T> type) {
        try {
            return type.cast(Class.forName(name, true, loader).getDeclaredConstructor().newInstance());
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException("the generated class " + name + " is not among the job's jars, or of another version", error);
        }
    }
}
