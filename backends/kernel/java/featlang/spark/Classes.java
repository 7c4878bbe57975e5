package featlang.spark;

/** Makes objects of the job's generated classes, which only the task's own class loader sees. */
final class Classes {
    private Classes() {}

    static <T> T make(String className, Class<T> type) {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        try {
            return type.cast(Class.forName(className, true, loader).getDeclaredConstructor().newInstance());
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException(className + " is not among the job's jars", error);
        }
    }
}
