import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.x.discovery.ServiceCache;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.ServiceProvider;

/** What is there, kept current. */
final class Caches {
    private Caches() {}

    static void cache(Work work) throws Exception {
        CuratorFramework client = work.client();
        CuratorFramework other = work.client();
        other.create().creatingParentsIfNeeded().forPath(work.path("a", "b"), "1".getBytes());
        BlockingQueue<String> events = new LinkedBlockingQueue<>();
        CountDownLatch ready = new CountDownLatch(1);
        try (CuratorCache cache = CuratorCache.build(client, work.path())) {
            cache.listenable().addListener(CuratorCacheListener.builder()
                    .forInitialized(ready::countDown)
                    .afterInitialized()
                    .forCreates(node -> events.add("created " + node.getPath()))
                    .forChanges((before, after) -> events.add("changed " + after.getPath()))
                    .forDeletes(node -> events.add("deleted " + node.getPath()))
                    .build());
            cache.listenable().addListener(CuratorCacheListener.builder().forInitialized(ready::countDown).build());
            cache.start();
            Work.check(ready.await(60, TimeUnit.SECONDS), "initialized");
            Work.equal(3, cache.size());
            Work.equal("1", new String(cache.get(work.path("a", "b")).orElseThrow().getData()));
            other.setData().forPath(work.path("a", "b"), "2".getBytes());
            Work.equal("changed " + work.path("a", "b"), events.poll(60, TimeUnit.SECONDS));
            Work.equal("2", new String(cache.get(work.path("a", "b")).orElseThrow().getData()));
            other.create().forPath(work.path("a", "b", "c"));
            Work.equal("created " + work.path("a", "b", "c"), events.poll(60, TimeUnit.SECONDS));
            other.delete().deletingChildrenIfNeeded().forPath(work.path("a"));
            for (String gone : List.of(work.path("a", "b", "c"), work.path("a", "b"), work.path("a"))) {
                Work.equal("deleted " + gone, events.poll(60, TimeUnit.SECONDS));
            }
            Work.equal(1, cache.size());
            for (int i = 0; i < 200; ++i) {
                other.create().forPath(work.path("n" + i));
            }
            Work.await("200 more", () -> cache.size() == 201);
        }
    }

    static void discovery(Work work) throws Exception {
        CuratorFramework client = work.client();
        ServiceDiscovery<Void> here = discoveryOf(client, work); // ends with its client, without a word
        try (ServiceDiscovery<Void> there = discoveryOf(work.client(), work)) {
            ServiceInstance<Void> one =
                    ServiceInstance.<Void>builder().name("web").id("one").address("10.0.0.1").port(80).build();
            ServiceInstance<Void> two =
                    ServiceInstance.<Void>builder().name("web").id("two").address("10.0.0.2").port(80).build();
            here.registerService(one);
            here.registerService(two);
            Work.equal(List.of("web"), List.copyOf(there.queryForNames()));
            Work.equal(2, there.queryForInstances("web").size());
            Work.equal("10.0.0.2", there.queryForInstance("web", "two").getAddress());
            try (ServiceCache<Void> cache = there.serviceCacheBuilder().name("web").build();
                    ServiceProvider<Void> provider = there.serviceProviderBuilder().serviceName("web").build()) {
                cache.start();
                provider.start();
                Work.equal(2, cache.getInstances().size());
                Work.await("an instance", () -> provider.getInstance() != null);
                here.unregisterService(one);
                Work.await("one left", () -> cache.getInstances().size() == 1);
                Work.equal("two", cache.getInstances().get(0).getId());
                client.close(); // the session ends, and with it the registration
                Work.await("none left", () -> cache.getInstances().isEmpty());
            }
        }
    }

    private static ServiceDiscovery<Void> discoveryOf(CuratorFramework client, Work work) throws Exception {
        ServiceDiscovery<Void> made =
                ServiceDiscoveryBuilder.builder(Void.class).client(client).basePath(work.path()).build();
        made.start();
        return made;
    }
}
