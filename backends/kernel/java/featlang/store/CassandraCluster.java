package featlang.store;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.auth.AuthenticationException;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;

/** The cluster that an environment names, and who connects to it. What is secret is looked up where it connects. */
final class CassandraCluster {
    private static final int PORT = 9042;
    /** So long a node is waited for when a writer opens; a job that fails for it is restarted by its engine. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final List<String> hosts;
    private final String datacenter;
    private final String user;
    private final Map<?, ?> password;

    /**
     * @param hosts as in {@code 127.0.0.1:9042}
     * @param user null for nobody
     * @param password {@code env} or {@code file}: the environment variable, or the file, that holds it; null for none
     */
    CassandraCluster(List<String> hosts, String datacenter, String user, Map<?, ?> password) {
        this.hosts = List.copyOf(hosts);
        this.datacenter = datacenter;
        this.user = user;
        this.password = password;
    }

    /** Connects; waits a while for a cluster that does not answer. */
    CqlSession connect(String keyspace) throws IOException {
        CqlSessionBuilder builder = builder(keyspace);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return checked(builder.build());
            } catch (AllNodesFailedException error) {
                for (List<Throwable> errors : error.getAllErrors().values()) {
                    for (Throwable each : errors) {
                        if (each instanceof AuthenticationException) {
                            throw new IOException("Cassandra lets " + (user == null ? "nobody without a user in" : user + " not in") + ": "
                                    + each.getMessage() + "; see `cassandra` in feat.yaml");
                        }
                    }
                }
                await(deadline, error);
            } catch (DriverException error) {
                await(deadline, error);
            }
        }
    }

    private void await(long deadline, DriverException error) throws IOException {
        if (System.nanoTime() > deadline) {
            throw new IOException("no Cassandra answers at " + String.join(", ", hosts) + ": " + error.getMessage(), error);
        }
        try {
            Thread.sleep(PAUSE.toMillis());
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while Cassandra was waited for");
        }
    }

    private CqlSession checked(CqlSession session) throws IOException {
        TreeSet<String> found = new TreeSet<>();
        session.getMetadata().getNodes().values().forEach(node -> found.add(String.valueOf(node.getDatacenter())));
        if (!found.contains(datacenter)) {
            session.close();
            throw new IOException("Cassandra at " + String.join(", ", hosts) + " has no data center " + datacenter + ", but "
                    + String.join(", ", found) + "; write `datacenter: " + found.first() + "` in feat.yaml");
        }
        return session;
    }

    private CqlSessionBuilder builder(String keyspace) throws IOException {
        // The driver looks for its settings with a class loader, and an engine's own does not see a job's jars.
        ClassLoader loader = CassandraCluster.class.getClassLoader();
        CqlSessionBuilder builder = CqlSession.builder()
                .withClassLoader(loader)
                .withLocalDatacenter(datacenter)
                .withConfigLoader(DriverConfigLoader.programmaticBuilder(loader)
                        .withString(DefaultDriverOption.REQUEST_CONSISTENCY, "LOCAL_QUORUM")
                        .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, Duration.ofSeconds(10))
                        .withDuration(DefaultDriverOption.CONNECTION_INIT_QUERY_TIMEOUT, Duration.ofSeconds(10))
                        .withDuration(DefaultDriverOption.CONTROL_CONNECTION_TIMEOUT, Duration.ofSeconds(10))
                        .withDuration(DefaultDriverOption.METADATA_SCHEMA_REQUEST_TIMEOUT, Duration.ofSeconds(10))
                        .withDuration(DefaultDriverOption.RECONNECTION_BASE_DELAY, Duration.ofMillis(200))
                        .withDuration(DefaultDriverOption.RECONNECTION_MAX_DELAY, Duration.ofSeconds(5))
                        .withStringList(DefaultDriverOption.METADATA_SCHEMA_REFRESHED_KEYSPACES, List.of(keyspace))
                        .build());
        for (String host : hosts) {
            builder.addContactPoint(address(host));
        }
        return user == null ? builder : builder.withAuthCredentials(user, secret());
    }

    private static InetSocketAddress address(String host) {
        int colon = host.lastIndexOf(':');
        boolean hasPort = colon > host.lastIndexOf(']') && host.indexOf(':') == colon || host.startsWith("[") && colon > host.indexOf(']');
        String name = hasPort ? host.substring(0, colon) : host;
        return new InetSocketAddress(name.replaceAll("[\\[\\]]", ""), hasPort ? Integer.parseInt(host.substring(colon + 1)) : PORT);
    }

    private String secret() throws IOException {
        if (password == null) {
            return "";
        }
        if (password.get("env") instanceof String name) {
            String value = System.getenv(name);
            if (value == null) {
                throw new IOException("the environment variable " + name + ", with the password of Cassandra, is not set where this task runs");
            }
            return value;
        }
        String path = String.valueOf(password.get("file"));
        try {
            return Files.readString(Path.of(path)).strip();
        } catch (IOException error) {
            throw new IOException("the password of Cassandra cannot be read from " + path + " where this task runs", error);
        }
    }
}
