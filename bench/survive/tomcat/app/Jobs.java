import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HexFormat;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathFactory;
import org.xml.sax.InputSource;

class Jobs extends HttpServlet {
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            response.getWriter().println(switch (request.getPathInfo()) {
                case "/child" -> new String(new ProcessBuilder("sh", "-c", "printf '%s\\n' b a b | sort | uniq -c | xargs").start().getInputStream().readAllBytes()).trim();
                case "/hash" -> hash(request.getParameter("word"));
                case "/xpath" -> xpath(request.getParameter("xml"), request.getParameter("path"));
                case "/fetch" -> HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(request.getParameter("url"))).build(), BodyHandlers.ofString()).body().trim();
                case "/host" -> InetAddress.getByName("localhost").isLoopbackAddress();
                default -> throw new IllegalArgumentException("no job " + request.getPathInfo());
            });
        } catch (IOException | RuntimeException known) {
            throw known;
        } catch (Exception other) {
            throw new IllegalStateException(other);
        }
    }

    static String hash(String word) throws Exception {
        var key = new PBEKeySpec(word.toCharArray(), "salt".getBytes(), 1000, 64);
        return HexFormat.of().formatHex(SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(key).getEncoded());
    }

    static String xpath(String xml, String path) throws Exception {
        var document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(xml)));
        return XPathFactory.newInstance().newXPath().evaluate(path, document);
    }
}
