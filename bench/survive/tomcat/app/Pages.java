import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.Locale;

class Pages {
    static class Start extends HttpServlet {
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.getWriter().println("tomcat ok " + request.getScheme() + " " + request.getRemoteUser());
        }
    }

    static class Form extends HttpServlet {
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException, ServletException {
            var file = request.getPart("file");
            response.getWriter().println(request.getParameter("who") + " " + file.getSubmittedFileName() + " " + file.getSize());
        }
    }

    static class Visits extends HttpServlet {
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            var session = request.getSession();
            var visits = session.getAttribute("visits") instanceof Integer before ? before + 1 : 1;
            session.setAttribute("visits", visits);
            response.getWriter().println(visits);
        }
    }

    static class Shift extends HttpServlet {
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.setContentType("text/plain;charset=" + request.getParameter("charset"));
            var time = Instant.parse(request.getParameter("time")).atZone(ZoneId.of(request.getParameter("zone")));
            var shape = DateTimeFormatter.ofLocalizedDate(FormatStyle.FULL);
            response.getWriter().println(time.format(shape.withLocale(Locale.forLanguageTag(request.getParameter("language")))));
        }
    }

    static class Late extends HttpServlet {
        protected void doGet(HttpServletRequest request, HttpServletResponse response) {
            var later = request.startAsync();
            later.start(() -> {
                try {
                    later.getResponse().getWriter().println("late");
                } catch (IOException broken) {
                    throw new IllegalStateException(broken);
                }
                later.complete();
            });
        }
    }
}
