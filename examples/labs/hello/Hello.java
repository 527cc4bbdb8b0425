import java.lang.management.ManagementFactory;

public class Hello {
    public static void main(String[] arguments) {
        System.out.println("hello, world, from " + ManagementFactory.getRuntimeMXBean().getVmName());
    }
}
