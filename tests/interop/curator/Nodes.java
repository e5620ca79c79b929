import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.curator.framework.api.transaction.OperationType;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;

/** The framework itself: nodes, transactions, watches, credentials. */
final class Nodes {
    private Nodes() {}

    static void nodes(Work work) throws Exception {
        CuratorFramework client = work.client();
        String deep = work.path("a", "b", "c");
        Work.equal(deep, client.create().creatingParentsIfNeeded().forPath(deep, "data".getBytes()));
        Stat stat = new Stat();
        Work.equal("data", new String(client.getData().storingStatIn(stat).forPath(deep)));
        Work.equal(0, stat.getVersion());
        Work.equal(1, client.setData().withVersion(0).forPath(deep, "more".getBytes()).getVersion());
        try {
            client.setData().withVersion(0).forPath(deep, new byte[0]);
            throw new AssertionError("a wrong version was accepted");
        } catch (KeeperException.BadVersionException expected) {
            Work.equal("more", new String(client.getData().forPath(deep)));
        }
        Work.equal(List.of("c"), client.getChildren().forPath(work.path("a", "b")));
        client.delete().deletingChildrenIfNeeded().forPath(work.path("a"));
        Work.equal(null, client.checkExists().forPath(work.path("a")));
        String created = client.create().creatingParentContainersIfNeeded().withProtection()
                .withMode(CreateMode.EPHEMERAL_SEQUENTIAL).forPath(work.path("p", "n-"));
        Work.check(created.matches(".*/p/_c_[-0-9a-f]{36}-n-0000000000"), created);
        Work.equal(1, client.getChildren().forPath(work.path("p")).size());
        client.create().orSetData().forPath(work.path("p", "x"), "1".getBytes());
        client.create().orSetData().forPath(work.path("p", "x"), "2".getBytes());
        Work.equal("2", new String(client.getData().forPath(work.path("p", "x"))));
        Stat made = new Stat();
        client.create().withTtl(600_000).storingStatIn(made).withMode(CreateMode.PERSISTENT_WITH_TTL)
                .forPath(work.path("p", "ttl"));
        Work.equal(0L, made.getEphemeralOwner());
    }

    static void transactions(Work work) throws Exception {
        CuratorFramework client = work.client();
        client.create().forPath(work.path());
        List<CuratorTransactionResult> done = client.transaction().forOperations(
                client.transactionOp().create().forPath(work.path("a"), "1".getBytes()),
                client.transactionOp().setData().forPath(work.path("a"), "2".getBytes()),
                client.transactionOp().check().withVersion(1).forPath(work.path("a")),
                client.transactionOp().delete().forPath(work.path("a")),
                client.transactionOp().create().withMode(CreateMode.PERSISTENT_SEQUENTIAL).forPath(work.path("n-")));
        Work.equal(5, done.size());
        Work.equal(OperationType.CREATE, done.get(0).getType());
        Work.equal(1, done.get(1).getResultStat().getVersion());
        Work.equal(work.path("n-0000000001"), done.get(4).getResultPath());
        try {
            client.transaction().forOperations(client.transactionOp().create().forPath(work.path("b")),
                    client.transactionOp().check().withVersion(9).forPath(work.path()));
            throw new AssertionError("a failing part was ignored");
        } catch (KeeperException.BadVersionException expected) {
            Work.equal(2, expected.getResults().size());
        }
        Work.equal(null, client.checkExists().forPath(work.path("b")));
    }

    static void watches(Work work) throws Exception {
        CuratorFramework client = work.client();
        CuratorFramework other = work.client();
        BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
        client.create().forPath(work.path());
        client.getData().usingWatcher((Watcher) events::add).forPath(work.path());
        other.setData().forPath(work.path(), "x".getBytes());
        Work.equal(EventType.NodeDataChanged, events.poll(60, TimeUnit.SECONDS).getType());
        client.watchers().add().withMode(AddWatchMode.PERSISTENT_RECURSIVE)
                .usingWatcher((Watcher) events::add).forPath(work.path());
        other.create().creatingParentsIfNeeded().forPath(work.path("a", "b"));
        Work.equal(work.path("a"), events.poll(60, TimeUnit.SECONDS).getPath());
        Work.equal(work.path("a", "b"), events.poll(60, TimeUnit.SECONDS).getPath());
        client.watchers().removeAll().forPath(work.path());
        Work.equal(EventType.PersistentWatchRemoved, events.poll(60, TimeUnit.SECONDS).getType());
        other.setData().forPath(work.path(), "y".getBytes());
        client.sync().forPath(work.path());
        Work.equal("y", new String(client.getData().forPath(work.path())));
        Work.check(events.isEmpty(), "no event after the removal");
    }

    static void credentials(Work work) throws Exception {
        CuratorFramework client = work.client();
        client.getZookeeperClient().getZooKeeper().addAuthInfo("digest", "bob:secret".getBytes());
        client.create().withACL(Ids.CREATOR_ALL_ACL).forPath(work.path(), "x".getBytes());
        List<ACL> acl = client.getACL().forPath(work.path());
        Work.equal("bob:fyVmFCwVbTJYrznoSu1koqYEYF0=", acl.get(0).getId().getId());
        CuratorFramework other = work.client();
        try {
            other.getData().forPath(work.path());
            throw new AssertionError("read without permission");
        } catch (KeeperException.NoAuthException expected) {
            client.setACL().withACL(Ids.READ_ACL_UNSAFE).forPath(work.path());
        }
        Work.equal("x", new String(other.getData().forPath(work.path())));
    }

    /** A node that is made again whenever it is gone. */
    static void persistentNode(Work work) throws Exception {
        CuratorFramework client = work.client();
        CuratorFramework other = work.client();
        try (PersistentNode node =
                new PersistentNode(client, CreateMode.EPHEMERAL, false, work.path("here"), "x".getBytes())) {
            node.start();
            Work.check(node.waitForInitialCreate(60, TimeUnit.SECONDS), "created");
            long first = other.checkExists().forPath(work.path("here")).getCzxid();
            other.delete().forPath(work.path("here"));
            Work.await("made again", () -> {
                Stat stat = other.checkExists().forPath(work.path("here"));
                return stat != null && stat.getCzxid() > first;
            });
            node.setData("y".getBytes());
            Work.await("changed", () -> "y".equals(new String(other.getData().forPath(work.path("here")))));
        }
        Work.equal(null, other.checkExists().forPath(work.path("here")));
    }
}
