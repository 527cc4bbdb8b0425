import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.http.HttpServlet;
import java.io.File;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.authenticator.BasicAuthenticator;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.ErrorPage;
import org.apache.tomcat.util.descriptor.web.LoginConfig;
import org.apache.tomcat.util.descriptor.web.SecurityCollection;
import org.apache.tomcat.util.descriptor.web.SecurityConstraint;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;

public class Main {
    public static void main(String[] args) throws Exception {
        var tomcat = new Tomcat();
        tomcat.setPort(21108);
        tomcat.setBaseDir("work");
        tomcat.getConnector().setProperty("compression", "on");
        tomcat.getConnector().setProperty("compressionMinSize", "100");
        tomcat.getService().addConnector(secure());
        tomcat.addUser("ann", "long-enough");
        tomcat.addRole("ann", "reader");
        var context = tomcat.addContext("", new File("site").getAbsolutePath());
        serve(context, "default", new DefaultServlet(), "/");
        serve(context, "start", new Pages.Start(), "/start");
        serve(context, "form", new Pages.Form(), "/form").setMultipartConfigElement(new MultipartConfigElement("/tmp"));
        serve(context, "visits", new Pages.Visits(), "/visits");
        serve(context, "shift", new Pages.Shift(), "/shift");
        serve(context, "late", new Pages.Late(), "/late").setAsyncSupported(true);
        serve(context, "jobs", new Jobs(), "/jobs/*");
        serve(context, "private", new Pages.Start(), "/private");
        protect(context, "/private");
        var gone = new ErrorPage();
        gone.setErrorCode(404);
        gone.setLocation("/gone.html");
        context.addErrorPage(gone);
        context.addMimeMapping("css", "text/css");
        tomcat.start();
        tomcat.getServer().await();
    }

    static Wrapper serve(Context context, String name, HttpServlet servlet, String pattern) {
        var wrapper = Tomcat.addServlet(context, name, servlet);
        context.addServletMappingDecoded(pattern, name);
        return wrapper;
    }

    static Connector secure() {
        var connector = new Connector();
        connector.setPort(21448);
        connector.setSecure(true);
        connector.setScheme("https");
        connector.setProperty("SSLEnabled", "true");
        var host = new SSLHostConfig();
        var certificate = new SSLHostConfigCertificate(host, SSLHostConfigCertificate.Type.RSA);
        certificate.setCertificateKeystoreFile(new File("site.p12").getAbsolutePath());
        certificate.setCertificateKeystorePassword("changeit");
        host.addCertificate(certificate);
        connector.addSslHostConfig(host);
        return connector;
    }

    static void protect(Context context, String pattern) {
        var collection = new SecurityCollection();
        collection.addPattern(pattern);
        var constraint = new SecurityConstraint();
        constraint.addCollection(collection);
        constraint.addAuthRole("reader");
        context.addConstraint(constraint);
        context.setLoginConfig(new LoginConfig("BASIC", "till", null, null));
        context.getPipeline().addValve(new BasicAuthenticator());
    }
}
