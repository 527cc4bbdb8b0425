package example;

import io.javalin.Javalin;
import java.util.Map;

public class Words {
    public static void main(String[] arguments) {
        Javalin app = Javalin.create().start(18104);
        app.get("/", context -> context.json(Map.of("words", 0)));
        app.get("/count", context -> {
            int words = context.queryParam("text").split(" ").length;
            context.json(Map.of("words", words));
        });
    }
}
