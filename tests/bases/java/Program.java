import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.concurrent.CompletableFuture;
import javax.imageio.ImageIO;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** What Java's class library needs of a system. */
public final class Program {
    public static void main(String[] arguments) throws Exception {
        handshake();
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init((KeyStore) null);
        check(((X509TrustManager) trust.getTrustManagers()[0]).getAcceptedIssuers().length > 100, "authorities");
        LocalDateTime july = LocalDateTime.of(2026, 7, 1, 0, 0);
        check(july.atZone(ZoneId.of("Europe/Berlin")).getOffset().getTotalSeconds() == 7200, "time zones");
        check(Charset.isSupported("ISO-8859-15") && Charset.isSupported("Shift_JIS"), "charsets");
        check(System.getProperty("user.name").equals("nonroot"), "user");
        Files.writeString(Path.of(System.getProperty("user.home"), "f\u00fcr"), "x");
        check(File.createTempFile("program", null).exists(), "temporary files");
        ByteArrayOutputStream picture = new ByteArrayOutputStream();
        check(ImageIO.write(new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB), "png", picture), "pictures");
    }

    /** With ourselves: the certificate is one of the authority that was added to the image. */
    private static void handshake() throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (FileInputStream file = new FileInputStream("/srv/server.p12")) {
            keys.load(file, "password".toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, "password".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        SSLServerSocket server = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0);
        CompletableFuture<Void> answered = CompletableFuture.runAsync(() -> {
            try (SSLSocket socket = (SSLSocket) server.accept()) {
                socket.getOutputStream().write(42);
            } catch (Exception error) {
                throw new IllegalStateException(error);
            }
        });
        try (SSLSocket client = (SSLSocket) SSLContext.getDefault().getSocketFactory()
                .createSocket("localhost", server.getLocalPort())) {
            check(client.getInputStream().read() == 42, "an answer over TLS");
        }
        answered.get();
    }

    private static void check(boolean wanted, String what) {
        if (!wanted) {
            throw new AssertionError(what);
        }
    }
}
