import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.opensearch.common.logging.LogConfigurator;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.Node;
import org.opensearch.Version;
import org.opensearch.plugins.PluginInfo;
import org.opensearch.transport.Netty4ModulePlugin;

/** A node in this process: the first argument is its home, the others are settings, {@code name=value}. */
public class Main {
  public static void main(String[] args) throws Exception {
    Settings.Builder settings = Settings.builder().put("path.home", args[0]).put("node.name", "bed");
    for (int i = 1; i < args.length; i++) settings.put(args[i].substring(0, args[i].indexOf('=')), args[i].substring(args[i].indexOf('=') + 1));
    LogConfigurator.setNodeName("bed");
    LogConfigurator.configureWithoutConfig(Settings.builder().put("logger.level", "WARN").build());
    Node node = new EmbeddedNode(new Environment(settings.build(), Path.of(args[0], "config")));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
    node.start();
    Thread.currentThread().join();
  }

  private static void close(Node node) {
    try {
      node.close();
    } catch (Exception failure) {
      failure.printStackTrace();
    }
  }

  /** The constructor that takes plugins is for those who embed a node. */
  private static class EmbeddedNode extends Node {
    EmbeddedNode(Environment environment) {
      super(environment, plugins(), true);
    }
  }

  private static Collection<PluginInfo> plugins() {
    String plugin = Netty4ModulePlugin.class.getName();
    return List.of(
        new PluginInfo("transport-netty4", "HTTP", "NA", Version.CURRENT, "21", plugin, null, List.of(), false));
  }
}
