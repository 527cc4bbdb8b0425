package example;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@SpringBootApplication
public class Notes {
    public static void main(String[] arguments) {
        SpringApplication.run(Notes.class, arguments);
    }

    @GetMapping("/")
    Map<String, String> home(@RequestParam(defaultValue = "fig") String word) {
        return Map.of("word", word);
    }

    @GetMapping("/zone")
    String zone(@RequestParam String name) {
        return Instant.EPOCH.atZone(ZoneId.of(name)).toString();
    }
}
