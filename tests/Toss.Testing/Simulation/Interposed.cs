using System.Reflection;

namespace Toss.Testing.Simulation;

/// <summary>What a call of a port becomes: gets its name, its arguments, and the way to the real port.</summary>
public delegate object? Interposition(string call, object?[] arguments, Func<object?> goOn);

/// <summary>A port with something in between; tests only.</summary>
public class Interposed<T> : DispatchProxy
    where T : class
{
    private T _port = null!;
    private Interposition _between = null!;

    public static T Between(T port, Interposition between)
    {
        var proxy = Create<T, Interposed<T>>();
        var interposed = (Interposed<T>)(object)proxy;
        (interposed._port, interposed._between) = (port, between);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        ArgumentNullException.ThrowIfNull(targetMethod);
        var arguments = args ?? [];
        return _between(
            targetMethod.Name,
            arguments,
            () => targetMethod.Invoke(_port, BindingFlags.DoNotWrapExceptions, null, arguments, null)
        );
    }
}
