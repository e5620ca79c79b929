import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.retry.RetryNTimes;

/** Who may, and who leads. */
final class Locks {
    private Locks() {}

    static void mutex(Work work) throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger turns = new AtomicInteger();
        List<Future<Void>> all = new ArrayList<>();
        for (int i = 0; i < 4; ++i) {
            CuratorFramework client = work.client();
            all.add(work.beside(() -> {
                InterProcessMutex mutex = new InterProcessMutex(client, work.path());
                for (int turn = 0; turn < 10; ++turn) {
                    Work.check(mutex.acquire(60, TimeUnit.SECONDS), "acquired");
                    Work.equal(1, inside.incrementAndGet());
                    turns.incrementAndGet();
                    inside.decrementAndGet();
                    mutex.release();
                }
                return null;
            }));
        }
        for (Future<Void> each : all) {
            Work.await(each);
        }
        Work.equal(40, turns.get());
        InterProcessMutex first = new InterProcessMutex(work.client(), work.path());
        InterProcessMutex second = new InterProcessMutex(work.client(), work.path());
        first.acquire();
        first.acquire();
        Work.check(!second.acquire(200, TimeUnit.MILLISECONDS), "held by the first, twice");
        first.release();
        Work.check(!second.acquire(0, TimeUnit.MILLISECONDS), "still held");
        first.release();
        Work.check(second.acquire(60, TimeUnit.SECONDS), "free");
        Work.equal(1, second.getParticipantNodes().size());
        second.release();
    }

    /** A mutex is free once its holder's session has ended. */
    static void mutexOfAClosedSession(Work work) throws Exception {
        CuratorFramework holder = work.client();
        new InterProcessMutex(holder, work.path()).acquire();
        InterProcessMutex next = new InterProcessMutex(work.client(), work.path());
        Future<Boolean> waiting = work.beside(() -> next.acquire(60, TimeUnit.SECONDS));
        Work.await("two contenders", () -> next.getParticipantNodes().size() == 2);
        holder.close();
        Work.check(Work.await(waiting), "acquired");
    }

    static void readWriteLock(Work work) throws Exception {
        InterProcessReadWriteLock one = new InterProcessReadWriteLock(work.client(), work.path());
        InterProcessReadWriteLock two = new InterProcessReadWriteLock(work.client(), work.path());
        one.readLock().acquire();
        Work.check(two.readLock().acquire(60, TimeUnit.SECONDS), "readers share");
        Work.check(!work.client().getChildren().forPath(work.path()).isEmpty(), "contenders");
        two.readLock().release();
        Work.check(!two.writeLock().acquire(200, TimeUnit.MILLISECONDS), "a reader is inside");
        one.readLock().release();
        Work.check(two.writeLock().acquire(60, TimeUnit.SECONDS), "nobody is inside");
        Work.check(!one.readLock().acquire(200, TimeUnit.MILLISECONDS), "a writer is inside");
        two.writeLock().release();
    }

    static void semaphore(Work work) throws Exception {
        InterProcessSemaphoreV2 one = new InterProcessSemaphoreV2(work.client(), work.path(), 2);
        InterProcessSemaphoreV2 two = new InterProcessSemaphoreV2(work.client(), work.path(), 2);
        Lease first = one.acquire();
        Lease second = two.acquire();
        Work.equal(null, two.acquire(200, TimeUnit.MILLISECONDS));
        one.returnLease(first);
        Lease third = two.acquire(60, TimeUnit.SECONDS);
        Work.check(third != null, "a lease was free");
        two.returnLease(second);
        two.returnLease(third);
    }

    static void leaderLatch(Work work) throws Exception {
        List<LeaderLatch> latches = new ArrayList<>();
        for (int i = 0; i < 3; ++i) {
            LeaderLatch latch = new LeaderLatch(work.client(), work.path(), "latch-" + i);
            latches.add(latch);
            latch.start();
            Work.await("participants", () -> latch.getParticipants().size() == latches.size());
        }
        for (int left = 3; left > 0; --left) {
            Work.await("a leader", () -> latches.stream().anyMatch(LeaderLatch::hasLeadership));
            LeaderLatch leader = latches.stream().filter(LeaderLatch::hasLeadership).findFirst().orElseThrow();
            Work.equal(1L, latches.stream().filter(LeaderLatch::hasLeadership).count());
            for (LeaderLatch latch : latches) {
                Work.equal(leader.getId(), latch.getLeader().getId());
            }
            latches.remove(leader);
            leader.close();
        }
    }

    static void leaderSelector(Work work) throws Exception {
        List<String> led = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch go = new CountDownLatch(1);
        List<LeaderSelector> selectors = new ArrayList<>();
        for (int i = 0; i < 3; ++i) {
            String name = "selector-" + i;
            LeaderSelector selector = new LeaderSelector(work.client(), work.path(), new LeaderSelectorListenerAdapter() {
                @Override
                public void takeLeadership(CuratorFramework client) throws Exception {
                    led.add(name);
                    go.await(60, TimeUnit.SECONDS);
                }
            });
            selectors.add(selector);
            selector.start();
        }
        Work.await("a leader", () -> led.size() == 1);
        Work.await("candidates", () -> selectors.get(0).getParticipants().size() == 3);
        Work.equal(1, led.size());
        go.countDown();
        Work.await("everybody's turn", () -> led.size() == 3);
        for (LeaderSelector selector : selectors) {
            selector.close();
        }
    }

    static void atomicLong(Work work) throws Exception {
        List<Future<Void>> all = new ArrayList<>();
        for (int i = 0; i < 3; ++i) {
            DistributedAtomicLong value =
                    new DistributedAtomicLong(work.client(), work.path(), new RetryNTimes(1000, 1));
            all.add(work.beside(() -> {
                for (int step = 0; step < 20; ++step) {
                    Work.check(value.increment().succeeded(), "incremented");
                }
                return null;
            }));
        }
        for (Future<Void> each : all) {
            Work.await(each);
        }
        Work.equal(60L, new DistributedAtomicLong(work.client(), work.path(), new RetryNTimes(10, 1)).get().postValue());
    }

    static void doubleBarrier(Work work) throws Exception {
        List<Future<Boolean>> all = new ArrayList<>();
        AtomicInteger inside = new AtomicInteger();
        for (int i = 0; i < 3; ++i) {
            CuratorFramework client = work.client();
            all.add(work.beside(() -> {
                DistributedDoubleBarrier barrier = new DistributedDoubleBarrier(client, work.path(), 3);
                inside.incrementAndGet();
                Work.check(barrier.enter(60, TimeUnit.SECONDS), "entered");
                Work.equal(3, inside.get());
                return barrier.leave(60, TimeUnit.SECONDS);
            }));
        }
        for (Future<Boolean> each : all) {
            Work.check(Work.await(each), "left");
        }
    }
}
