using System;
using System.Globalization;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

static class Program
{
    static Task Main() => Host.CreateDefaultBuilder().ConfigureWebHostDefaults(Configure).RunConsoleAsync();

    static void Configure(IWebHostBuilder web) => web.Configure(app => app
        .UseRouting()
        .UseEndpoints(endpoints =>
        {
            endpoints.MapGet("/", context => context.Response.WriteAsync("Hello\n"));
            endpoints.MapGet("/date", context => context.Response.WriteAsync(
                new DateTime(2024, 2, 29).ToString("D", new CultureInfo("de-DE")) + "\n"));
        }));
}
