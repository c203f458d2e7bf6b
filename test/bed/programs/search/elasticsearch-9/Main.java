import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.plugins.PluginsUtils;

/**
 * A node in this process: the first argument is its home, the second the folder of its modules, the others are settings,
 * {@code name=value}.
 */
public class Main {
  public static void main(String[] args) throws Exception {
    Settings.Builder settings = Settings.builder().put("path.home", args[0]).put("node.name", "bed");
    for (int i = 2; i < args.length; i++) settings.put(args[i].substring(0, args[i].indexOf('=')), args[i].substring(args[i].indexOf('=') + 1));
    LogConfigurator.configureESLogging();
    LogConfigurator.setNodeName("bed");
    LogConfigurator.configureWithoutConfig(Settings.builder().put("logger.level", "WARN").build());
    Environment environment = new Environment(settings.build(), Path.of(args[0], "config"));
    Node node = new Node(environment, PluginsLoader.createPluginsLoader(
                PluginsUtils.getModuleBundles(Path.of(args[1]), module -> true), Set.of(), Map.of(), false));
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
}
