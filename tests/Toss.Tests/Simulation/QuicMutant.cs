using System.Reflection;
using System.Runtime.Loader;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Toss.Quic;
using MethodBody = Mono.Cecil.Cil.MethodBody;

namespace Toss.Tests.Simulation;

/// <summary>
/// A copy of Toss.Quic with one bug in it, made in its compiled code, so that the product has no switch for it; with it a
/// copy of the tests that drive it.
/// </summary>
internal sealed class QuicMutant : IDisposable
{
    private static readonly string s_folder = AppContext.BaseDirectory;

    private readonly Context _context;

    private QuicMutant(byte[] quic) => _context = new Context(quic);

    /// <summary>What knows Toss.Quic has to be loaded anew too; everything else is shared.</summary>
    private sealed class Context(byte[] quic) : AssemblyLoadContext("mutant", isCollectible: true)
    {
        protected override Assembly? Load(AssemblyName name) =>
            name.Name switch
            {
                "Toss.Quic" => LoadFromStream(new MemoryStream(quic)),
                "Toss.Testing" or "Toss.Net" => LoadFromAssemblyPath(Path.Combine(s_folder, name.Name + ".dll")),
                _ => null,
            };
    }

    /// <summary>No bug at all: what is found in others is theirs.</summary>
    public static QuicMutant None() => Make("RangeSet", "get_Largest", static _ => { });

    /// <summary>The method does nothing, or returns what its type is by default.</summary>
    public static QuicMutant Without(string type, string method) =>
        Make(
            type,
            method,
            static body =>
            {
                body.Instructions.Clear();
                body.ExceptionHandlers.Clear();
                var code = body.GetILProcessor();
                var returned = body.Method.ReturnType;
                if (returned.FullName == "System.Int64")
                {
                    code.Emit(OpCodes.Ldc_I8, 0L);
                }
                else if (returned.FullName != "System.Void")
                {
                    code.Emit(OpCodes.Ldc_I4_0);
                }
                code.Emit(OpCodes.Ret);
            }
        );

    /// <summary>The method returns this, whatever it is asked.</summary>
    public static QuicMutant Always(string type, string method, long value) =>
        Make(
            type,
            method,
            body =>
            {
                body.Instructions.Clear();
                body.ExceptionHandlers.Clear();
                var code = body.GetILProcessor();
                if (body.Method.ReturnType.FullName == "System.Int64")
                {
                    code.Emit(OpCodes.Ldc_I8, value);
                }
                else
                {
                    code.Emit(OpCodes.Ldc_I4, (int)value);
                }
                code.Emit(OpCodes.Ret);
            }
        );

    /// <summary>In this method the first assignment to this field is left out.</summary>
    public static QuicMutant Unassigned(string type, string method, string field) =>
        Make(
            type,
            method,
            body =>
            {
                var store = body.Instructions.First(at =>
                    at.OpCode == OpCodes.Stfld && ((FieldReference)at.Operand).Name == field
                );
                // What was to be stored, and where.
                store.OpCode = OpCodes.Pop;
                store.Operand = null;
                body.GetILProcessor().InsertAfter(store, Instruction.Create(OpCodes.Pop));
            }
        );

    /// <summary>What the method returns is changed by so much.</summary>
    public static QuicMutant Off(string type, string method, long by) =>
        Make(
            type,
            method,
            body =>
            {
                var code = body.GetILProcessor();
                foreach (var end in body.Instructions.Where(at => at.OpCode == OpCodes.Ret).ToList())
                {
                    // In place, so that jumps to the end take it along.
                    end.OpCode = OpCodes.Ldc_I8;
                    end.Operand = by;
                    var add = Instruction.Create(OpCodes.Add);
                    code.InsertAfter(end, add);
                    code.InsertAfter(add, Instruction.Create(OpCodes.Ret));
                }
            }
        );

    /// <summary>In this method the number is another where it stands last.</summary>
    public static QuicMutant Replaced(string type, string method, int number, int by) =>
        Make(
            type,
            method,
            body =>
            {
                var constant =
                    body.Instructions.LastOrDefault(at => Constant(at) == number)
                    ?? throw new InvalidOperationException($"{method} does not know the number {number}.");
                (constant.OpCode, constant.Operand) = (OpCodes.Ldc_I4, by);
            }
        );

    /// <summary>Calls to this method within another are left out; it takes no argument but its object.</summary>
    public static QuicMutant Uncalled(string type, string method, string called) =>
        Make(
            type,
            method,
            body =>
            {
                var calls = body
                    .Instructions.Where(at => at.Operand is MethodReference to && to.Name == called)
                    .ToList();
                if (calls.Count == 0)
                {
                    throw new InvalidOperationException($"{method} does not call {called}.");
                }
                foreach (var call in calls)
                {
                    call.OpCode = OpCodes.Pop;
                    call.Operand = null;
                }
            }
        );

    /// <summary>Runs one schedule; throws what it finds.</summary>
    public void Run(ulong seed)
    {
        var testing = _context.LoadFromAssemblyPath(Path.Combine(s_folder, "Toss.Testing.dll"));
        var run = testing
            .GetType("Toss.Testing.Quic.QuicSchedule")!
            .GetMethod("Run", BindingFlags.Public | BindingFlags.Static)!;
        run.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [seed], null);
    }

    public void Dispose() => _context.Unload();

    private static int? Constant(Instruction at) =>
        at.OpCode.Code switch
        {
            >= Code.Ldc_I4_0 and <= Code.Ldc_I4_8 => at.OpCode.Code - Code.Ldc_I4_0,
            Code.Ldc_I4_S => (sbyte)at.Operand,
            Code.Ldc_I4 => (int)at.Operand,
            _ => null,
        };

    private static QuicMutant Make(string type, string method, Action<MethodBody> change)
    {
        using var assembly = AssemblyDefinition.ReadAssembly(
            Path.Combine(s_folder, typeof(Instant).Assembly.GetName().Name + ".dll")
        );
        var found = assembly
            .MainModule.GetTypes()
            .Single(candidate => candidate.Name == type)
            .Methods.Single(candidate =>
                candidate.Name == method || candidate.Name.EndsWith("." + method, StringComparison.Ordinal)
            );
        change(found.Body);
        using var written = new MemoryStream();
        assembly.Write(written);
        return new QuicMutant(written.ToArray());
    }
}
