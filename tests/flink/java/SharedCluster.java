package org.apache.flink.client.python;

import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import org.apache.flink.api.dag.Pipeline;
import org.apache.flink.client.ClientUtils;
import org.apache.flink.client.deployment.executors.PipelineExecutorUtils;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.PipelineExecutor;
import org.apache.flink.core.execution.PipelineExecutorFactory;
import org.apache.flink.core.execution.PipelineExecutorServiceLoader;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.minicluster.MiniClusterJobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;

/** One mini-cluster for all jobs of this JVM, as a session cluster is: starting one takes longer than a small job does. */
final class SharedCluster extends StreamExecutionEnvironment implements PipelineExecutorServiceLoader, PipelineExecutorFactory {
    private static final String NAME = "shared";
    private static final int SLOTS = 8;

    private final MiniCluster cluster;

    private SharedCluster(MiniCluster cluster) {
        this.cluster = cluster;
    }

    /** Starts it, and makes it what programs in this JVM run their jobs on. */
    static void start() throws Exception {
        Configuration settings = new Configuration();
        settings.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(256));
        settings.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(256));
        settings.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(256));
        MiniCluster cluster = new MiniCluster(
            new MiniClusterConfiguration.Builder().setConfiguration(settings).setNumSlotsPerTaskManager(SLOTS).withRandomPorts().build()
        );
        cluster.start();
        SharedCluster shared = new SharedCluster(cluster);
        initializeContextEnvironment(given -> {
            Configuration ofJob = new Configuration(given);
            ofJob.set(DeploymentOptions.TARGET, NAME);
            return new StreamExecutionEnvironment(shared, ofJob, null);
        });
    }

    @Override
    public PipelineExecutorFactory getExecutorFactory(Configuration configuration) {
        return this;
    }

    @Override
    public Stream<String> getExecutorNames() {
        return Stream.of(NAME);
    }

    @Override
    public String getName() {
        return NAME;
    }

    @Override
    public boolean isCompatibleWith(Configuration configuration) {
        return true;
    }

    @Override
    public PipelineExecutor getExecutor(Configuration ofJob) {
        return this::submit;
    }

    private CompletableFuture<JobClient> submit(Pipeline pipeline, Configuration ofJob, ClassLoader loader) throws Exception {
        StreamGraph graph = PipelineExecutorUtils.getStreamGraph(pipeline, ofJob);
        return cluster.submitJob(graph).thenApplyAsync(submitted -> {
            var id = submitted.getJobID();
            try {
                ClientUtils.waitUntilJobInitializationFinished(
                    () -> cluster.getJobStatus(id).get(), () -> cluster.requestJobResult(id).get(), loader
                );
            } catch (Exception error) {
                throw new IllegalStateException(error);
            }
            return new MiniClusterJobClient(id, cluster, loader, MiniClusterJobClient.JobFinalizationBehavior.NOTHING);
        });
    }
}
