import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.ExponentialBackoffRetry;

/** One piece of work for Curator: its clients, its node, and what it may claim. Everything ends with it. */
final class Work implements AutoCloseable {
    /** Something a piece of work does. */
    interface Task {
        void run(Work work) throws Exception;
    }

    /** Whether something is true yet. */
    interface Condition {
        boolean holds() throws Exception;
    }

    private static final long LIMIT_MS = 60_000;

    private final String address;
    private final String root;
    private final List<CuratorFramework> clients = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    Work(String address, String root) {
        this.address = address;
        this.root = root;
    }

    /** A connected client of its own. */
    CuratorFramework client() throws InterruptedException {
        CuratorFramework made = CuratorFrameworkFactory.builder()
                .connectString(address)
                .sessionTimeoutMs(10_000)
                .connectionTimeoutMs(10_000)
                .retryPolicy(new ExponentialBackoffRetry(50, 10))
                .build();
        clients.add(made);
        made.start();
        check(made.blockUntilConnected((int) LIMIT_MS, TimeUnit.MILLISECONDS), "connected");
        return made;
    }

    /** The node this work has to itself, or one below it. */
    String path(String... below) {
        return below.length == 0 ? root : root + "/" + String.join("/", below);
    }

    /** Does something beside the caller; `await` its result. */
    <T> Future<T> beside(Callable<T> task) {
        return threads.submit(task);
    }

    static <T> T await(Future<T> result) throws Exception {
        return result.get(LIMIT_MS, TimeUnit.MILLISECONDS);
    }

    static void await(String what, Condition condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MS);
        while (!condition.holds()) {
            check(System.nanoTime() < end, what + ", in time");
            Thread.sleep(10);
        }
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("not so: " + what);
        }
    }

    static void equal(Object expected, Object found) {
        if (!Objects.equals(expected, found)) {
            throw new AssertionError("expected " + expected + ", found " + found);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
        for (CuratorFramework client : clients) {
            client.close();
        }
    }
}
