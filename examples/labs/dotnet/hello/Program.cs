using System;
using System.Globalization;
using System.Runtime.InteropServices;

static class Program
{
    static void Main()
    {
        Console.WriteLine($"Hello from {RuntimeInformation.FrameworkDescription}");
        Console.WriteLine(new DateTime(2024, 2, 29).ToString("D", new CultureInfo("de-DE")));
    }
}
