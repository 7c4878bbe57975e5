package org.apache.flink.client.python;

import org.apache.flink.api.python.shaded.py4j.GatewayServer;

/** PyFlink's gateway with a {@link SharedCluster}, without its watchdog: it outlives the Python programs that use it, and ends with its standard input. */
public final class WarmGateway {
    private WarmGateway() {
    }

    public static void main(String[] arguments) throws Exception {
        SharedCluster.start();
        GatewayServer server = PythonEnvUtils.startGatewayServer();
        PythonEnvUtils.setGatewayServer(server);
        System.out.println(server.getListeningPort());
        while (System.in.read() >= 0) {
            // Nothing is said here; the end of the stream is what is waited for.
        }
        System.exit(0);
    }
}
