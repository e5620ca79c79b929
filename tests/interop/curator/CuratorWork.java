import java.util.LinkedHashMap;
import java.util.Map;

/** Lets Curator do its work: java CuratorWork ADDRESS prints how each piece went, and fails if one did. */
final class CuratorWork {
    private CuratorWork() {}

    private static Map<String, Work.Task> tasks() {
        Map<String, Work.Task> all = new LinkedHashMap<>();
        all.put("nodes", Nodes::nodes);
        all.put("transactions", Nodes::transactions);
        all.put("watches", Nodes::watches);
        all.put("credentials", Nodes::credentials);
        all.put("persistent-node", Nodes::persistentNode);
        all.put("mutex", Locks::mutex);
        all.put("mutex-of-a-closed-session", Locks::mutexOfAClosedSession);
        all.put("read-write-lock", Locks::readWriteLock);
        all.put("semaphore", Locks::semaphore);
        all.put("leader-latch", Locks::leaderLatch);
        all.put("leader-selector", Locks::leaderSelector);
        all.put("atomic-long", Locks::atomicLong);
        all.put("double-barrier", Locks::doubleBarrier);
        all.put("cache", Caches::cache);
        all.put("discovery", Caches::discovery);
        return all;
    }

    public static void main(String[] arguments) {
        int failed = 0;
        for (Map.Entry<String, Work.Task> each : tasks().entrySet()) {
            try (Work work = new Work(arguments[0], "/" + each.getKey())) {
                each.getValue().run(work);
                System.out.println(each.getKey() + ": ok");
            } catch (Throwable problem) {
                System.out.println(each.getKey() + ": FAILED");
                problem.printStackTrace(System.out);
                ++failed;
            }
        }
        System.exit(failed == 0 ? 0 : 1);
    }
}
