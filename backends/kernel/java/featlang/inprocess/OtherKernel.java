package featlang.inprocess;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@link Host} on a kernel of which some classes are others, in the same JVM: all our classes are loaded anew. Called by reflection,
 * since py4j knows classes by their names.
 */
public final class OtherKernel {
    private final Object host;

    /**
     * @param folder of the other classes
     * @param classPath of the kernel
     */
    OtherKernel(String folder, String classPath) throws ReflectiveOperationException, IOException {
        List<URL> path = new ArrayList<>();
        path.add(Path.of(folder).toUri().toURL());
        for (String entry : classPath.split(File.pathSeparator)) {
            path.add(Path.of(entry).toUri().toURL());
        }
        path.add(Host.class.getProtectionDomain().getCodeSource().getLocation());
        Class<?> type = new Loader(path.toArray(URL[]::new)).loadClass(Host.class.getName());
        host = type.getConstructor(String.class).newInstance(folder + File.pathSeparator + classPath);
    }

    /** As {@link Host#compile}. */
    public void compile(String folder) throws Throwable {
        call(host, "compile", folder);
    }

    /** As {@link Host#load}. */
    public Program load(String folder, List<String> sourceClasses, List<String> stageClasses) throws Throwable {
        return new Program(call(host, "load", folder, sourceClasses, stageClasses));
    }

    /** As {@link Host.Program}. */
    public static final class Program {
        private final Object program;

        private Program(Object program) {
            this.program = program;
        }

        /** As {@link Host.Program#run}. */
        public String run(byte[] batch) throws Throwable {
            return (String) call(program, "run", batch);
        }
    }

    private static Object call(Object target, String name, Object... arguments) throws Throwable {
        for (var method : target.getClass().getMethods()) {
            if (method.getName().equals(name)) {
                try {
                    return method.invoke(target, arguments);
                } catch (InvocationTargetException error) {
                    throw error.getCause();
                }
            }
        }
        throw new NoSuchMethodException(name);
    }

    private static final class Loader extends URLClassLoader {
        Loader(URL[] path) {
            super(path, Host.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("featlang.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }
    }
}
