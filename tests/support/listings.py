"""The lesson's listings, as people copy them: one after another, without indentation."""

TWO_AGENTS = """\
import autogen
llm_config = {
"config_list": [
{
"model": "gpt-4",
"api_key": "your-api-key-here"
}
],
"temperature": 0.2
}
# Create the Assistant Agent
assistant = autogen.AssistantAgent(
name="programmer_assistant",
llm_config=llm_config,
system_message="You are a creative and precise Python programmer. Write clean code. When the task is fully completed, reply with the word TERMINATE."
)
# Create the User Proxy Agent
user_proxy = autogen.UserProxyAgent(
name="executor_proxy",
human_input_mode="NEVER",
max_consecutive_auto_reply=5,
is_termination_msg=lambda x: x.get("content", "").rstrip().endswith("TERMINATE"),
code_execution_config={
"work_dir": "agent_workspace",
"use_docker": False
}
)
user_proxy.initiate_chat(
recipient=assistant,
message="Write a Python script that calculates the first 10 numbers of the Fibonacci sequence and saves them to a file named fibonacci.txt."
)
"""  # noqa: E501
GROUP = """\
# Define specialized agents
product_manager = autogen.AssistantAgent(
name="Product_Manager",
system_message="You define product specifications and verify if the solution meets user needs.",
llm_config=llm_config
)
developer = autogen.AssistantAgent(
name="Developer",
system_message="You write clean, executable Python code based on specifications.",
llm_config=llm_config
)
qa_engineer = autogen.AssistantAgent(
name="QA_Engineer",
system_message="You review code for bugs, security issues, and logical flaws. Suggest fixes if needed.",
llm_config=llm_config
)
# Create the Group Chat orchestration object
groupchat = autogen.GroupChat(
agents=[user_proxy, product_manager, developer, qa_engineer],
messages=[],
max_round=12
)
# Create the Manager that orchestrates who speaks next
manager = autogen.GroupChatManager(
groupchat=groupchat,
llm_config=llm_config
)
# Start the collaborative task
user_proxy.initiate_chat(
recipient=manager,
message="We need to build a simple command-line task manager application that saves tasks to a JSON file."
)
"""
LESSON = TWO_AGENTS + GROUP
PROSE = f"""Orchestrating agents
Let's build a system, where it's needed (see below).
Step 1: Define the LLM Configuration
First, we configure the connection to our Language Model.
{TWO_AGENTS}Understanding the Execution Flow
When you run this script, the following sequence occurs:
- The
executor_proxysends the prompt to the programmer_assistant.
Here is how to configure a three-agent group chat managed by a central manager:
{GROUP}Real-World Use Cases
- Automated Software Engineering: Agents can write, test, debug, and package software applications autonomously.
"""
"""The listings with the lesson's prose around them."""
